import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// DisAlign: a calibration of a frozen network's logits, trained with generalised class weights.
///
/// Zhang et al. 2021, "Distribution Alignment: A Unified Framework for Long-tail Visual Recognition".
public struct DisAlign: LossMethod {
    public static let name = "disalign"
    public static let summary = "a scale, a bias and a confidence on a frozen network's logits"
    public static let page = MethodPage(
        "Distribution Alignment: A Unified Framework for Long-tail Visual Recognition", "Zhang et al.", 2021,
        stages: "pre-train (ce), post-train", recipe: "disalign",
        idea: "Each image decides by a confidence how far its logits are scaled and shifted for the balanced test set.",
        formula: "z' = s(x) (a z + b) + (1 - s(x)) z;  L = CE_w, w_c ~ (1/pi_c)^rho",
        differences: [
            "The confidence sees the features; for classification the authors' repository does not show its input."
        ])

    /// ρ; the code has 1.2 on ImageNet-LT.
    public var rho = 1.2

    public init() {}

    public static var fields: [Field<DisAlign>] {
        [Field("rho", \.rho, in: 0...10, "power of the inverse prior in the class weights")]
    }

    /// The calibration only; the network keeps to its running statistics.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = .calibration
        training.batchNorm = .evaluate
    }

    /// Adds the calibration, at first without effect.
    public func prepare(_ network: inout Network, _ draw: inout WeightDraw) throws(Failure) {
        try network.classifier.addCalibration(&draw)
    }

    /// Weighted cross-entropy.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(Failure) -> any Loss {
        try CrossEntropyLoss(weights: counts.inverseFrequencyWeights(power: rho))
    }
}
