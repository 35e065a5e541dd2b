import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// BBN: two branches, one of natural and one of reversed sampling; the weight moves from the first to the second.
///
/// Zhou et al. 2020, "BBN: Bilateral-Branch Network with Cumulative Learning for Long-Tailed Visual Recognition".
public struct BBN: TrainedMethod {
    public static let name = "bbn"
    public static let summary = "two branches, natural and reversed sampling, weighted by the epoch"
    public static let page = MethodPage(
        "BBN: Bilateral-Branch Network with Cumulative Learning for Long-Tailed Visual Recognition", "Zhou et al.",
        2020, stages: "pre-train", recipe: "bbn",
        idea: """
            The branches share all but their last block. Natural images pass one, images drawn by the inverse class size the
            other; features are weighted by l, which falls with the epochs, and go through one classifier.
            """,
        formula: "l = 1 - (e/E)^2;  z = W [2 l f_a ; 2 (1 - l) f_b] + b;  L = l CE(z, y_a) + (1 - l) CE(z, y_b)",
        differences: [
            "As in the code: the factor 2, and E = 100 for 90 epochs, 200 for 180 (rounded: true).",
            "A test image passes both branches, unweighted.",
        ])
    public static let takesMixup = false

    /// Whether E is 100 for 90 epochs and 200 for 180, as in the code.
    public var rounded = true

    public init() {}

    public static var fields: [RecipeField<BBN>] {
        [
            RecipeField(
                "rounded", \.rounded, "whether the share counts on 100 epochs when there are 90, and on 200 for 180")
        ]
    }

    /// Whole batches.
    public static func adjustDefaults(_ training: inout TrainingRecipe) { training.dropLast = true }

    /// Two last blocks, drawn anew unless they are there.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try Network.rebuild(&network, .bilateral, &draw)
    }

    /// A second stream of images, drawn by the inverse class size.
    public func inputs(_ main: BatchStream, of images: StageImages) throws(LongTailError) -> [BatchStream] {
        [main, BatchStream(sampler: try images.partner(.reversed), views: main.views)]
    }

    /// Both branches.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        guard let backbone = context.network.backbone as? BilateralBackbone else {
            throw LongTailError(.engine, "bbn has a network without branches")
        }
        return Session(context, backbone, isRounded: rounded)
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let backbone: BilateralBackbone
        private let isRounded: Bool

        init(_ context: StageContext, _ backbone: BilateralBackbone, isRounded: Bool) {
            (self.context, self.backbone, self.isRounded) = (context, backbone, isRounded)
        }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let share = try BilateralShare(epoch: step.epoch, of: context.training.epochs, rounded: isRounded)
            let features = try share.features(
                backbone(batches[0].images, .conventional), backbone(batches[1].images, .rebalancing))
            let logits = try context.network.classifier(features).to(.float32)
            return try share.loss(logits, conventional: batches[0].targets, rebalancing: batches[1].targets)
        }
    }
}
