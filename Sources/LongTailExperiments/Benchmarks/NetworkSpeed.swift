import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailTraining
import LongTailVision

/// How fast a network of any size trains on the current device, by the trainer, from pictures in memory: with
/// optimiser and normalisation, without decoding.
package struct NetworkSpeed {
    /// The batch size.
    package var batchSize = 128
    /// Height and width of an image, pixels.
    package var side = 224
    package var classes = 1000
    /// Steps to measure.
    package var steps = 50
    /// Seconds at the most; a step under way is waited for.
    package var limit = 120.0
    package var precision = ComputePrecision.auto

    /// ImageNet's measures.
    package init() {}

    /// Training images a second, and the steps behind the figure.
    package func training(_ name: Network.Architecture) throws(LongTailError) -> (imagesPerSecond: Double, steps: Int) {
        let work = try work(name)
        let result = try work.probe.training(
            work.stage, work.network, on: work.images, counts: work.counts, .asTheyAre)
        return (result.imagesPerSecond, result.steps)
    }

    /// Trains in turns with another program, so that a machine whose speed wanders is fair to both.
    ///
    /// - Parameters:
    ///   - next: How many steps to take now; nil to end. At most `steps` are there.
    ///   - report: Is told the seconds that they took.
    package func turns(
        _ name: Network.Architecture, next: () throws(LongTailError) -> Int?,
        report: (Double) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let work = try work(name)
        try work.probe.turns(
            work.stage, work.network, on: work.images, counts: work.counts, .asTheyAre, next: next, report: report)
    }

    /// Where the time of a step goes; the steps before the measured ones count, too.
    package func profile(_ name: Network.Architecture) throws(LongTailError) -> Profile {
        let work = try work(name)
        return try Profile.measure(steps: Probe.warmUp + steps) { () throws(LongTailError) in
            _ = try work.probe.training(
                work.stage, work.network, on: work.images, counts: work.counts, .asTheyAre)
        }
    }

    private struct Work {
        let probe: Probe
        let stage: StageRecipe
        let network: Network
        let images: PlaceholderImages
        let counts: ClassCounts
    }

    private func work(_ name: Network.Architecture) throws(LongTailError) -> Work {
        var recipe = Recipe()
        recipe.precision = precision
        var stage = StageRecipe(.preTrain)
        stage.training.batchSize = batchSize
        let perClass = (batchSize + classes - 1) / classes
        let images = try PlaceholderImages(
            counts: [Int](repeating: perClass, count: classes), size: ImageSize(side: side))
        let counts = try ClassCounts(names: images.classNames, labels: images.labels)
        let network = try Network(name, classifier: .linear, classes: classes, seed: 0)
        return Work(
            probe: Probe(recipe: recipe, steps: steps, limit: limit), stage: stage, network: network, images: images,
            counts: counts)
    }
}
