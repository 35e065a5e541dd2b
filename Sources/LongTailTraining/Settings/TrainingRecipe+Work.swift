import LongTailBasics
import LongTailImbalance
import LongTailTorch

extension TrainingRecipe {
    /// The optimiser of a stage, new.
    func makeOptimizer(_ groups: [ParameterGroup]) -> any Optimizer {
        switch optimizer {
        case .sgd: SGD(groups, momentum: momentum, weightDecay: weightDecay, nesterov: nesterov)
        case .adamw: AdamW(groups, betas: (betas[0], betas[1]), weightDecay: weightDecay)
        }
    }

    /// Whether gradients flow into the backbone.
    var trainsBackbone: Bool { trainsBody || trains == .adapters }

    /// Whether some of the backbone's own weights train.
    package var trainsBody: Bool { [.all, .backbone, .lastBlock].contains(trains) }

    /// The adapters that train; nil where other parts do.
    package var trainedAdapters: AdapterRecipe? {
        guard trains == .adapters else { return nil }
        return adapters ?? AdapterRecipe()
    }

    /// Steps of a pass over images.
    ///
    /// - Throws: When not even one batch is whole, and only whole ones count.
    package func steps(of images: Int, stage: String) throws(LongTailError) -> Int {
        guard dropLast else { return (images + batchSize - 1) / batchSize }
        guard images >= batchSize else {
            throw LongTailError(
                .usage,
                "stage \(stage) leaves out incomplete batches, and its \(images) images do not fill one of "
                    + "\(batchSize)",
                remedy: "Lower batch-size, or set drop-last to false.")
        }
        return images / batchSize
    }

    /// The order of this stage's epochs; `length` is that of an epoch in which images may come again.
    func makeSampler(labels: [Int], classCount: Int, length: Int) throws(LongTailError) -> any Sampler {
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
