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
    public var learningRate = 0.025
    /// The batch size.
    public var batchSize = 128

    public init() {}

    /// Refuses a network that has not several experts.
    ///
    /// - Parameter experts: Their number; nil for a network of one classifier.
    /// - Returns: The number.
    @discardableResult
    public static func requireExperts(_ experts: Int?) throws(LongTailError) -> Int {
        guard let experts, experts > 1 else {
            throw LongTailError(
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
    ) throws(LongTailError) -> ExpertAggregation {
        let experts = try Self.requireExperts(network.classifier.expertCount)
        let procedure = try AggregationProcedure(
            aggregation: ExpertAggregation(experts: experts), precision: recipe.evaluation.precision)
        let size = try recipe.data.trainingTransform.outputSize(for: images)
        let task = Trainer.Task(
            stage: AggregationProcedure.name, training: training, method: procedure, dataset: images,
            counts: try ClassCounts(names: images.classNames, labels: images.labels),
            pictures: ImageTreatment(
                transform: Transform(ContrastRecipe.standardView(size)), broken: recipe.data.brokenImages),
            // The network's arithmetic is the procedure's.
            precision: .float32, seed: recipe.seed)
        try Trainer(task, network).run(from: 0) { (event) throws(LongTailError) in
            guard case .step = event else { return .continue }
            return try procedure.aggregation.isDone() ? .stop : .continue
        }
        return procedure.aggregation
    }

    /// What a network with weighted experts does on images.
    public func evaluate(
        _ network: Network, _ aggregation: ExpertAggregation, on images: any Dataset, _ recipe: Recipe
    ) throws(LongTailError) -> (report: ClassReport, predictions: PredictionTable) {
        var builder = try ReportBuilder(classNames: images.classNames)
        let forward = { (images: Tensor) throws(LongTailError) in
            try aggregation.logits(network.classifier.experts(network.backbone(images)))
        }
        try Evaluator(recipe).visit(network, images, forward: forward) { (batch, logits) throws(LongTailError) in
            try builder.add(
                probabilities: logits.softmax().array(of: Float.self), targets: batch.targets.map(Int32.init))
        }
        return try builder.finish(images: (0..<images.count).map(images.identity))
    }

    private var training: TrainingRecipe {
        var training = TrainingRecipe()
        (training.epochs, training.batchSize, training.rate) = (epochs, batchSize, RateRecipe(learningRate, .constant))
        (training.weightDecay, training.batchNorm) = (0, .evaluate)
        return training
    }
}

/// Trains the weights alone: the frozen network gives each expert's logits for two views of an image.
private struct AggregationProcedure: TrainingProcedure {
    static let name = "test-time aggregation"
    let aggregation: ExpertAggregation
    let precision: ComputePrecision

    func inputs(_ main: BatchStream, of images: StageImages) -> [BatchStream] {
        [BatchStream(sampler: main.sampler, views: [main.views[0], main.views[0]])]
    }

    func rules(_ training: TrainingRecipe) -> TrainingRules { .none }

    func session(_ context: StageContext) -> any MethodSession {
        AggregationSession(aggregation: aggregation, precision: precision, network: context.network)
    }
}

private final class AggregationSession: MethodSession {
    private let aggregation: ExpertAggregation
    private let precision: ComputePrecision
    private let network: Network

    init(aggregation: ExpertAggregation, precision: ComputePrecision, network: Network) {
        (self.aggregation, self.precision, self.network) = (aggregation, precision, network)
    }

    var children: [(name: String, child: ModuleChild)] { [("aggregation", .module(aggregation))] }

    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
        let views = batches[0].views
        return try aggregation.loss(answers(to: views[0]), answers(to: views[1]))
    }

    /// Each expert's logits N×K, float32, without gradients.
    private func answers(to images: Tensor) throws(LongTailError) -> [Tensor] {
        try withoutGradients { () throws(LongTailError) in
            try autocast(precision.dtype) { () throws(LongTailError) in
                var logits: [Tensor] = []
                for expert in try network.classifier.experts(network.backbone(images)) {
                    logits.append(try expert.to(.float32))
                }
                return logits
            }
        }
    }
}
