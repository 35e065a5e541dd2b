import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// Logit adjustment as a loss: cross-entropy of z_c + τ log π_c.
///
/// Menon et al. 2021, "Long-Tail Learning via Logit Adjustment", equation 10.
public struct LogitAdjustment: LossMethod {
    public static let name = "logit-adjustment"
    public static let summary = "cross-entropy of logits shifted by τ times the log of the prior"
    public static let page = MethodPage(
        "Long-Tail Learning via Logit Adjustment", "Menon et al.", 2021, stages: "pre-train",
        recipe: "logit-adjustment",
        idea: "As the balanced soft-max, with a strength τ that can be tuned on validation images.",
        formula: "L = CE( z_c + tau log pi_c , y )",
        differences: ["tau = 1 is the balanced soft-max (bsce). The paper's CIFAR training recipe is not established."])

    /// τ; the paper's 1.
    public var tau = 1.0

    public init() {}

    public static var fields: [RecipeField<LogitAdjustment>] {
        [RecipeField("tau", \.tau, in: 0...100, "strength of the shift")]
    }

    /// The shifted cross-entropy.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try LogitAdjustedLoss(counts, tau: tau)
    }
}

/// Logit adjustment after training: τ log π_c is taken off the classifier's bias.
///
/// Menon et al. 2021, equation 9.
public struct PostHocLogitAdjustment: FittedMethod {
    public static let name = "post-hoc-logit-adjustment"
    public static let summary = "a trained network's bias lowered by τ times the log of the prior; nothing is trained"
    public static let page = MethodPage(
        "Long-Tail Learning via Logit Adjustment", "Menon et al.", 2021, stages: "pre-train (ce), post-train",
        recipe: "post-hoc-logit-adjustment",
        idea: "Predictions of a network trained with cross-entropy are corrected for the prior of its training images.",
        formula: "z'_c = z_c - tau log pi_c",
        differences: ["The shift goes into the bias, so that the exported network needs no extra step."])

    /// τ; the paper's 1.
    public var tau = 1.0

    public init() {}

    public static var fields: [RecipeField<PostHocLogitAdjustment>] {
        [RecipeField("tau", \.tau, in: 0...100, "strength of the shift")]
    }

    /// Shifts the bias.
    public func fit(_ network: Network, _ context: FitContext) throws(LongTailError) {
        let adjustment = try PostHocAdjustment(context.counts, tau: tau)
        try network.changeLinear(for: "post-hoc logit adjustment") { (_, bias) throws(LongTailError) in
            _ = try bias.copy_(adjustment(bias.unsqueeze(0)).squeezeRow())
        }
    }
}

extension Network {
    /// Changes weight (K×D) and bias (K) of a linear classifier in place.
    ///
    /// - Throws: When the classifier is not a single linear layer.
    func changeLinear(
        for purpose: String, _ body: (_ weight: Tensor, _ bias: Tensor) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        guard let linear = classifier.linear else {
            throw LongTailError(
                .usage, "\(purpose) needs a linear classifier with a bias",
                remedy: "Set network.classifier to linear, and put it after a method without experts.")
        }
        try withoutGradients { () throws(LongTailError) in try body(linear.weight.tensor, linear.bias.tensor) }
    }
}

extension Tensor {
    /// 1×K to K.
    fileprivate func squeezeRow() throws(LongTailError) -> Tensor { try sum([0]) }
}
