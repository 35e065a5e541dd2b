import LongTailBasics
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// SADE: three experts for long-tailed, balanced and reversed test sets.
///
/// Zhang et al. 2022, "Self-Supervised Aggregation of Diverse Experts for Test-Agnostic Long-Tailed Recognition".
public struct SADE: TrainedMethod {
    public static let name = "sade"
    public static let summary = "three experts for long-tailed, balanced and reversed test sets"
    public static let page = MethodPage(
        "Self-Supervised Aggregation of Diverse Experts for Test-Agnostic Long-Tailed Recognition", "Zhang et al.",
        2022, stages: "pre-train", recipe: "sade",
        idea: "Each expert is trained for another test distribution by the shift of its logits; their mean predicts.",
        formula: "L = CE(z_1) + CE(z_2 + log pi) + CE(z_3 + log pi - tau log reversed(pi))",
        differences: [
            "A uniform test set takes the plain mean; weights for unknown test sets are learnt by test-time aggregation."
        ])
    public static let takesMixup = false

    /// τ of the third expert; 2 on CIFAR-100 and ImageNet-LT, 1 on Places-LT and iNaturalist.
    public var tau = 2.0
    /// Whether experts have three quarters of the channels; false on Places-LT.
    public var narrow = true

    public init() {}

    public static var fields: [RecipeField<SADE>] {
        [
            RecipeField("tau", \.tau, in: 0...100, "strength of the third expert's reversed prior"),
            RecipeField("narrow", \.narrow, "whether experts have three quarters of the channels"),
        ]
    }

    /// Three experts with cosine classifiers, drawn anew unless they are there.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try Network.rebuild(&network, .experts(count: 3, isNarrow: narrow), classifier: .cosine, &draw)
    }

    /// The experts' logits into SADE's loss.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        Session(context, try SADELoss(context.counts, tau: tau))
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let loss: SADELoss

        init(_ context: StageContext, _ loss: SADELoss) { (self.context, self.loss) = (context, loss) }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            try loss(context.experts(batches[0].images), batches[0].targets)
        }
    }
}
