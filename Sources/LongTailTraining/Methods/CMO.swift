import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// CMO: CutMix whose pasted part comes from a sampler that favours small classes.
///
/// Park et al. 2022, "The Majority Can Help the Minority: Context-Rich Minority Oversampling".
public struct CMO: TrainedMethod {
    /// The loss of mixed images.
    public enum Base: String, RecipeChoice {
        /// Cross-entropy.
        case ce
        /// Balanced soft-max.
        case bsce
        /// LDAM, weighted from the deferred epoch on.
        case ldam
    }

    public static let name = "cmo"
    public static let summary = "small classes' objects pasted onto other images"
    public static let page = MethodPage(
        "The Majority Can Help the Minority: Context-Rich Minority Oversampling for Long-Tailed Classification",
        "Park et al.", 2022, stages: "pre-train", recipe: "cmo",
        idea: "Tail objects are seen before the many backgrounds that head images have.",
        formula: "x = paste(foreground ~ 1/n_c^alpha, background);  L = l L_background + (1 - l) L_foreground",
        differences: [
            "As in the code: with probability 1/2, from the fifth epoch on and not in the last three.",
            "alpha = 1 gives every class the same chance, not a reversed one.",
        ])
    public static let takesMixup = false

    /// The loss of mixed images.
    public var base = Base.ce
    /// α of the foreground's image weights 1/n^α.
    public var alpha = 1.0
    /// Probability that a step is mixed.
    public var probability = 0.5
    /// First epoch with class weights, from 0, with bases ce and ldam; nil for none.
    public var deferred: Int?

    public init() {}

    public static var fields: [RecipeField<CMO>] {
        [
            RecipeField("base", \.base, "the loss of mixed images"),
            RecipeField("alpha", \.alpha, in: 0...10, "the foreground's images weigh 1/n^alpha"),
            RecipeField("probability", \.probability, in: 0...1, "how often a step is mixed"),
            RecipeField("deferred", \.deferred, in: 0...100_000, "the first epoch with class weights; null for none"),
        ]
    }

    /// The deferred epoch moves with the stage's length.
    public func withEpochs(scaledBy factor: Double) -> Self {
        var scaled = self
        scaled.deferred = deferred.map { Int((Double($0) * factor).rounded()) }
        return scaled
    }

    /// Base ldam wants a cosine classifier.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        if base == .ldam { try LDAM().prepare(&network, &draw) }
    }

    /// A second stream of images, drawn by weight.
    public func inputs(_ main: BatchStream, of images: StageImages) throws(LongTailError) -> [BatchStream] {
        [main, BatchStream(sampler: try images.partner(.power(1 - alpha)), views: main.views)]
    }

    /// The base loss in an epoch.
    private func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        let weights = try deferred.map { (start) throws(LongTailError) in
            try DeferredReweighting(counts, start: start).weights(epoch: epoch)
        }
        switch base {
        case .bsce: return try BalancedSoftmaxLoss(counts)
        case .ldam: return try LDAMLoss(counts, weights: weights)
        case .ce:
            return try weights.map { (weights) throws(LongTailError) in try CrossEntropyLoss(weights: weights) }
                ?? CrossEntropyLoss()
        }
    }

    /// Pastes and mixes.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        try Session(self, context)
    }

    private final class Session: MethodSession {
        private let method: CMO
        private let context: StageContext
        private var loss: any Loss

        init(_ method: CMO, _ context: StageContext) throws(LongTailError) {
            (self.method, self.context) = (method, context)
            loss = try method.loss(context.counts, epoch: 0)
        }

        func begin(epoch: Int) throws(LongTailError) { loss = try method.loss(context.counts, epoch: epoch) }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let (background, foreground) = (batches[0], batches[1])
            guard
                CutMix.isUsed(
                    probability: method.probability, epoch: step.epoch, of: context.training.epochs, seed: step.seed,
                    step: step.draw)
            else { return try loss(context.logits(background.images), background.targets) }
            let images = background.images
            let box = try CutMix(
                height: images.size(2), width: images.size(3), seed: step.seed, epoch: step.epoch, step: step.draw)
            let mixed = try box.images(background: images, foreground: foreground.images)
            return try loss.mixed(
                context.logits(mixed), background.targets, foreground.targets, share: box.share)
        }
    }
}
