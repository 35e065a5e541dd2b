import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// SADE's test-time training: the weights of experts, learnt on test images without their labels.
///
/// Zhang et al. 2022, section 4.3: two augmented views of every image, weights such that both are predicted alike, five
/// epochs, stopped when a weight falls below 0.05. For test sets whose class distribution is unknown; on a uniform one
/// the plain mean is the authors' choice.
public struct TestTimeAggregation {
    /// Passes over the images.
    public var epochs = 5
    /// The learning rate; the published code's value is not established (assumed).
    public var rate = 0.025
    /// Images of a step.
    public var batchSize = 128

    public init() {}

    /// Refuses a network that has not several experts.
    ///
    /// - Parameter experts: Their number; nil for a network of one classifier.
    /// - Returns: The number.
    @discardableResult
    public static func requireExperts(_ experts: Int?) throws(Failure) -> Int {
        guard let experts, experts > 1 else {
            throw Failure(
                .usage, "there are no experts to weigh: the network has a single classifier",
                remedy: "Aggregation is for the networks of method sade or ride.")
        }
        return experts
    }

    /// The learnt weights, one per expert, of sum 1.
    ///
    /// - Parameters:
    ///   - network: A network of several experts.
    ///   - images: The test images; their labels are not looked at.
    ///   - recipe: For the size of a view and the arithmetic.
    /// - Throws: When the network has not several experts.
    public func weights(
        of network: Network, on images: any Dataset, _ recipe: Recipe
    ) throws(Failure) -> ExpertAggregation {
        let experts = try Self.requireExperts(network.classifier.expertCount)
        let aggregation = try ExpertAggregation(experts: experts)
        let size = try recipe.data.trainingTransform.outputSize(for: images)
        let view = Transform(ContrastRecipe.standardView(size))
        let tensors = try InputTensors(images.normalization)
        let optimizer = SGD([SGD.Group(try aggregation.parameters(), factor: 1)], momentum: 0.9, weightDecay: 0)
        try network.setTraining(false)
        let crew = LoaderCrew(for: images)
        for epoch in 0..<epochs {
            let loader = try Loader(
                dataset: images, order: ShuffledSampler(count: images.count).order(epoch: epoch, seed: recipe.seed),
                batchSize: batchSize, views: [view, view], seed: recipe.seed, epoch: epoch,
                broken: recipe.data.brokenImages, crew: crew)
            while let batch = try loader.next() {
                let views = try tensors.all(batch).views
                var given: [[Tensor]] = []
                for view in views { given.append(try answers(network, view, recipe.evaluation.precision)) }
                try aggregation.loss(given[0], given[1]).backward()
                try optimizer.step(rate: rate)
                if try aggregation.isDone() { return aggregation }
            }
        }
        return aggregation
    }

    /// What a network with weighted experts does on images.
    public func evaluate(
        _ network: Network, _ aggregation: ExpertAggregation, on images: any Dataset, _ recipe: Recipe
    ) throws(Failure) -> (report: ClassReport, predictions: PredictionTable) {
        var builder = try ReportBuilder(classNames: images.classNames)
        let forward = { (images: Tensor) throws(Failure) in
            try aggregation.logits(network.classifier.experts(network.backbone(images)))
        }
        try Evaluator(recipe).visit(network, images, forward: forward) { (batch, logits) throws(Failure) in
            try builder.add(
                probabilities: logits.softmax().array(of: Float.self), targets: batch.targets.map(Int32.init))
        }
        return try builder.finish()
    }

    private func answers(_ network: Network, _ images: Tensor, _ precision: Precision) throws(Failure) -> [Tensor] {
        try withoutGradients { () throws(Failure) in
            try autocast(precision.dtype) { () throws(Failure) in
                var logits: [Tensor] = []
                for expert in try network.classifier.experts(network.backbone(images)) {
                    logits.append(try expert.to(.float32))
                }
                return logits
            }
        }
    }
}
