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
        var recipe = Recipe()
        recipe.precision = precision
        var stage = StageRecipe(.preTrain)
        stage.training.batchSize = batchSize
        let perClass = (batchSize + classes - 1) / classes
        let images = try PlaceholderImages(
            counts: [Int](repeating: perClass, count: classes), size: ImageSize(side: side))
        let counts = try ClassCounts(names: images.classNames, labels: images.labels)
        let network = try Network(name, classifier: .linear, classes: classes, seed: 0)
        let result = try Probe(recipe: recipe, steps: steps, limit: limit)
            .training(stage, network, on: images, counts: counts, .asTheyAre)
        return (result.imagesPerSecond, result.steps)
    }
}
