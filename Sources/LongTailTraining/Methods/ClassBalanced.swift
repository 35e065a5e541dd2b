import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding

/// Class-balanced weights: every image weighs the inverse effective number of its class.
///
/// Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples".
public struct ClassBalanced: LossMethod {
    /// The loss that is weighted.
    public enum Base: String, RecipeChoice {
        /// Cross-entropy.
        case softmax
        /// A focal loss of sigmoids, the authors' best.
        case focal
    }

    public static let name = "class-balanced"
    public static let summary = "a loss weighted by the inverse effective number of each class's images"
    public static let page = MethodPage(
        "Class-Balanced Loss Based on Effective Number of Samples", "Cui et al.", 2019, stages: "pre-train",
        recipe: "class-balanced",
        idea: "Further images of a class bring less and less, so that weights by the plain inverse count go too far.",
        formula: "w_c ~ (1 - beta) / (1 - beta^n_c), mean 1;  L = sum w_y l / sum w_y",
        differences: [
            "deferred starts the weights late (DRW of LDAM-DRW); the paper has them from the first epoch.",
            "The last layer's bias starts as the network's does; the paper starts sigmoids at -log(K - 1).",
        ])

    /// β; 0.9999 in LDAM-DRW's code.
    public var beta = 0.9999
    /// What is weighted.
    public var base = Base.softmax
    /// γ of the focal base; the authors' 0.5 to 2.
    public var gamma = 1.0
    /// First epoch with weights, from 0.
    public var deferred = 0

    public init() {}

    public static var fields: [RecipeField<ClassBalanced>] {
        [
            RecipeField(
                "beta", \.beta, in: 0...1, "beta of the effective number; 0 is no weighting, 1 the inverse count"),
            RecipeField("base", \.base, "the loss that is weighted"),
            RecipeField("gamma", \.gamma, in: 0...100, "base focal: power of 1 − p"),
            RecipeField("deferred", \.deferred, in: 0...100_000, "the first epoch with weights, from 0"),
        ]
    }

    /// The deferred epoch moves with the stage's length.
    public func withEpochs(scaledBy factor: Double) -> Self {
        var scaled = self
        scaled.deferred = Int((Double(deferred) * factor).rounded())
        return scaled
    }

    /// The weighted loss.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        let weights = try DeferredReweighting(counts, beta: beta, start: deferred).weights(epoch: epoch)
        return switch base {
        case .softmax: try CrossEntropyLoss(weights: weights)
        case .focal: try FocalLoss(gamma: gamma, weights: weights, form: .sigmoid)
        }
    }
}
