import LongTailBasics
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// Remix: mixup whose label goes to the smaller class alone when the image is mostly of the larger one.
///
/// Chou et al. 2020, "Remix: Rebalanced Mixup".
public struct Remixed: TrainedMethod {
    public static let name = "remix"
    public static let summary = "mixup whose labels favour the smaller class"
    public static let page = MethodPage(
        "Remix: Rebalanced Mixup", "Chou et al.", 2020, stages: "pre-train", recipe: "remix",
        idea: "Images are mixed as in mixup; the label of the smaller class wins where classes differ much in size.",
        formula: "share of y_i: 0 if n_i / n_j >= kappa and l < tau; 1 if n_i / n_j <= 1/kappa and 1 - l < tau; else l",
        differences: ["The key mixup gives Beta's alpha, 1 in the paper's CIFAR runs; at 0 the stage refuses to start."]
    )

    /// κ: how much larger a class must be.
    public var kappa = 3.0
    /// τ: how little of it may be in the image.
    public var tau = 0.5

    public init() {}

    public static var fields: [RecipeField<Remixed>] {
        [
            RecipeField("kappa", \.kappa, in: 1...1e6, "how many times larger a class must be to lose its label"),
            RecipeField("tau", \.tau, in: 0...1, "the share of the image below which it does"),
        ]
    }

    /// Mixup with the paper's alpha.
    public static func adjustDefaults(_ training: inout TrainingRecipe) { training.mixup = 1 }

    /// Mixed images with labels of their own.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        guard context.training.mixup > 0 else {
            throw LongTailError(.usage, "remix mixes images, but mixup is 0", remedy: "Set mixup to 1, the paper's.")
        }
        return Session(context, rule: try Remix(context.counts, kappa: kappa, tau: tau))
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let rule: Remix

        init(_ context: StageContext, rule: Remix) { (self.context, self.rule) = (context, rule) }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let batch = batches[0]
            guard
                let mixup = try Mixup(
                    alpha: context.training.mixup, count: batch.labels.count, seed: step.seed, epoch: step.epoch,
                    step: step.draw)
            else { return try CrossEntropyLoss()(context.logits(batch.images), batch.targets) }
            let logits = try context.logits(mixup.images(batch.images))
            let targets = try rule.targets(
                batch.labels, mixup.permutation.map { batch.labels[$0] }, lambda: mixup.weight)
            return try SoftTargetCrossEntropy()(logits, targets.to(like: logits))
        }
    }
}
