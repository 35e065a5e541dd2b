import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailVision

extension TrainingRecipe {
    /// Whether the optimiser holds a parameter of this name, unless the network has frozen it.
    ///
    /// - Parameters:
    ///   - isNormalization: Whether it is a scale or shift of batch normalisation.
    ///   - lastBlock: The beginning of the names of the network's last residual block.
    func isTrained(_ name: String, isNormalization: Bool, lastBlock: String) -> Bool {
        // A gate's yes or no has no gradient: gates train with a loss of their own, and stay in every other stage.
        if Classifier.isGate(name) { return trains == .gates }
        let inClassifier = Classifier.owns(name)
        if batchNorm == .shift, !inClassifier, isNormalization { return false }
        return switch trains {
        case .all: true
        case .backbone: !inClassifier
        case .lastBlock: inClassifier || isNormalization || name.hasPrefix(lastBlock)
        case .classifier: inClassifier
        case .scale: Classifier.isScale(name)
        case .calibration: Classifier.isCalibration(name)
        case .gates: false
        }
    }

    /// Whether gradients flow into the backbone.
    var trainsBackbone: Bool { [.all, .backbone, .lastBlock].contains(trains) }

    /// "layer4.2." of names such as "layer4.2.conv1.weight", the last there is.
    static func lastBlock(of names: [String]) -> String {
        let last = names.last { $0.hasPrefix("layer") || $0.hasPrefix("block.") } ?? ""
        if last.hasPrefix("block.") { return "block." }
        return last.split(separator: ".").prefix(2).map { "\($0)." }.joined()
    }

    /// Steps of a pass over images.
    ///
    /// - Throws: When not even one batch is whole, and only whole ones count.
    package func steps(of images: Int, stage: String) throws(Failure) -> Int {
        guard dropLast else { return (images + batchSize - 1) / batchSize }
        guard images >= batchSize else {
            throw Failure(
                .usage,
                "stage \(stage) leaves out incomplete batches, and its \(images) images do not fill one of "
                    + "\(batchSize)",
                remedy: "Lower batch-size, or set drop-last to false.")
        }
        return images / batchSize
    }

    /// The order of this stage's epochs; `length` is that of an epoch in which images may come again.
    func makeSampler(labels: [Int], classCount: Int, length: Int) throws(Failure) -> any Sampler {
        switch sampler {
        case .shuffled: ShuffledSampler(count: labels.count)
        case .classAware:
            ClassAwareSampler(labels: labels, classCount: classCount, imagesPerDraw: imagesPerDraw, length: length)
        case .balanced:
            try ClassDrawSampler(
                labels: labels, classCount: classCount, draw: .balanced, pick: .inTurn, length: length)
        case .squareRoot:
            try ClassDrawSampler(labels: labels, classCount: classCount, draw: .squareRoot, length: length)
        case .progressive:
            try ClassDrawSampler(
                labels: labels, classCount: classCount, draw: .progressive(epochs: epochs), length: length)
        case .reversed:
            try ClassDrawSampler(labels: labels, classCount: classCount, draw: .reversed, length: length)
        }
    }
}

extension Network {
    /// Sets which parameters a stage trains.
    package func setTrained(by training: TrainingRecipe) throws(Failure) {
        let normalizations = try normalizationNames()
        let lastBlock = try TrainingRecipe.lastBlock(of: parameters().map(\.name))
        try setTrained {
            training.isTrained($0, isNormalization: normalizations.contains($0), lastBlock: lastBlock)
        }
    }
}
