import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding

/// LADE: the balanced soft-max with a term that frees the logits of the training prior.
///
/// Hong et al. 2021, "Disentangling Label Distribution for Long-Tailed Visual Recognition".
public struct LADE: LossMethod {
    public static let name = "lade"
    public static let summary = "balanced soft-max with a regulariser that frees the logits of the prior"
    public static let page = MethodPage(
        "Disentangling Label Distribution for Long-Tailed Visual Recognition", "Hong et al.", 2021,
        stages: "pre-train", recipe: "lade",
        idea: "A Donsker-Varadhan estimate pushes each logit towards a log-likelihood ratio that no prior has entered.",
        formula: "L = BSCE - alpha sum_c pi_c (A_c - Q_c - lambda Q_c^2)",
        differences: [
            "alpha and lambda are 0.1 and 0.01 on CIFAR-100, 0.05 and 0.5 on ImageNet-LT, 0.005 and 0.1 on Places-LT."
        ])

    /// α.
    public var alpha = 0.1
    /// λ.
    public var lambda = 0.01

    /// The defaults, for CIFAR-100.
    public init() {}

    public static var fields: [RecipeField<LADE>] {
        [
            RecipeField("alpha", \.alpha, in: 0...100, "weight of the regulariser"),
            RecipeField("lambda", \.lambda, in: 0...100, "weight of the square in it"),
        ]
    }

    /// The regularised balanced soft-max.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try LADELoss(counts, alpha: alpha, lambda: lambda)
    }
}
