import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// What PaCo and GPaCo have in common: the loss, the queue and the second view.
public struct ContrastRecipe: RecipePart {
    /// α, the weight of same-class pairs; 0.01 on CIFAR-100-LT, 0.05 on the large sets (GPaCo on Places-LT 0.02).
    public var alpha = 0.01
    /// T of the similarities; 0.05 on CIFAR-100-LT, 0.2 on the large sets (0.07 for PaCo's ResNeXt-50).
    public var temperature = 0.05
    /// Length of the contrasted vectors; 32 on CIFAR, 128 on the large sets.
    public var dimension = 32
    /// Vectors in the queue; 1,024 on CIFAR, 8,192 on the large sets.
    public var queue = 1024
    /// What the second view goes through; nil for SimCLR's steps at the size of the images.
    public var secondView: [StepRecipe]?

    /// The defaults, for CIFAR-100-LT.
    public init() {}

    public static var fields: [RecipeField<ContrastRecipe>] {
        [
            RecipeField("alpha", \.alpha, in: 0...100, "weight of same-class pairs beside the centre"),
            RecipeField("temperature", \.temperature, in: 1e-3...100, "temperature of the similarities"),
            RecipeField("dimension", \.dimension, in: 1...100_000, "length of the contrasted vectors"),
            RecipeField("queue", \.queue, in: 1...10_000_000, "vectors that are remembered"),
            RecipeField("second-view", \.secondView, "the steps of the second view; null for SimCLR's"),
        ]
    }

    /// Whole batches.
    static func adjustDefaults(_ training: inout TrainingRecipe) { training.dropLast = true }

    /// The stage's input with the second view beside the first.
    func input(_ main: BatchStream, _ images: StageImages) -> BatchStream {
        let steps = secondView ?? Self.standardView(images.size)
        return BatchStream(sampler: main.sampler, views: main.views + [Transform(steps)])
    }

    /// Random resized crop, flip, jitter with p 0.8, grey with p 0.2, blur with p 0.5, as in PaCo's code.
    package static func standardView(_ size: ImageSize) -> [StepRecipe] {
        var crop = RandomResizedCrop(size.height)
        crop.scale = [0.2, 1]
        return [
            StepRecipe(crop), StepRecipe(RandomHorizontalFlip()),
            StepRecipe(RandomApply(0.8, [ColorJitter(0.4, 0.4, 0.4, hue: 0.1)])), StepRecipe(RandomGrayscale()),
            StepRecipe(RandomApply(0.5, [GaussianBlur()])),
        ]
    }

    /// - Throws: When not even one batch fits into it.
    func makeQueue(_ context: StageContext, _ draw: inout WeightInitializer) throws(LongTailError) -> FeatureQueue {
        guard queue >= context.training.batchSize else {
            throw LongTailError(
                .usage, "a queue of \(queue) vectors does not hold a batch of \(context.training.batchSize) images",
                remedy: "Raise queue, or lower batch-size.")
        }
        return try FeatureQueue(capacity: queue, dimension: dimension, classes: context.counts.classCount, &draw)
    }

    func loss(_ counts: ClassCounts, smoothing: Double = 0) throws(LongTailError) -> ParametricContrastiveLoss {
        var weights = ParametricContrastiveLoss.Weights(alpha: alpha)
        weights.smoothing = smoothing
        return try ParametricContrastiveLoss(counts, weights: weights, temperature: temperature)
    }
}
