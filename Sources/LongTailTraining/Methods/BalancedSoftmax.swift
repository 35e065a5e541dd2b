import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding

/// Balanced soft-max: cross-entropy of logits shifted by the log of the class counts.
///
/// Ren et al. 2020, "Balanced Meta-Softmax for Long-Tailed Visual Recognition"; the loss without the meta sampler.
public struct BalancedSoftmax: LossMethod {
    public static let name = "bsce"
    public static let summary = "balanced soft-max: logits shifted by the log of the class counts"
    public static let page = MethodPage(
        "Balanced Meta-Softmax for Long-Tailed Visual Recognition", "Ren et al.", 2020, stages: "pre-train",
        recipe: "bsce",
        idea:
            "The shift makes the soft-max an unbiased estimate for a balanced test set; nothing is shifted in a test.",
        formula: "L = CE( z_c + log n_c , y )",
        differences: [
            "The paper's full system (BALMS) learns a sampler by a meta step; the BTM tables use the loss alone."
        ])

    public init() {}

    public static var fields: [RecipeField<BalancedSoftmax>] { [] }

    /// The shifted cross-entropy.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try BalancedSoftmaxLoss(counts)
    }
}
