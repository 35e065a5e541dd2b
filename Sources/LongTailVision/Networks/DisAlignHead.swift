import LongTailBasics
import LongTailTorch

/// DisAlign's calibration: z' = σ(x) (a z + b) + (1 − σ(x)) z, with a scale and a bias per class and a confidence.
///
/// Zhang et al. 2021, equations 5 to 7. The whole is trained on a frozen network with cross-entropy under
/// `ClassCounts.inverseFrequencyWeights`.
public final class DisAlignHead: Module {
    private let scale: Parameter
    private let bias: Parameter
    private let confidence: Linear

    /// Scale 1, bias 0, so that the logits begin as they were.
    ///
    /// - Parameters:
    ///   - features: Width D of what the confidence sees, the features as in the paper.
    ///   - classes: K.
    ///   - draw: Initial weights of the confidence.
    public init(features: Int, classes: Int, _ draw: inout WeightDraw) throws(Failure) {
        scale = try Parameter(.ones([1, classes]))
        bias = try Parameter(.zeros([1, classes]))
        confidence = try Linear(features, 1, &draw)
    }

    public var members: [(name: String, member: Member)] {
        [
            ("logit_scale", .parameter(scale)), ("logit_bias", .parameter(bias)),
            ("confidence_layer", .module(confidence)),
        ]
    }

    /// N×K calibrated logits from N×K logits and N×D features.
    public func callAsFunction(_ logits: Tensor, features: Tensor) throws(Failure) -> Tensor {
        try Self.calibrated(logits, sigma: confidence(features).sigmoid(), scale: scale.tensor, bias: bias.tensor)
    }

    /// σ (a z + b) + (1 − σ) z = z + σ (a z + b − z), for σ N×1.
    public static func calibrated(_ logits: Tensor, sigma: Tensor, scale: Tensor, bias: Tensor) throws(Failure)
        -> Tensor
    {
        try logits.add(sigma.mul(logits.mul(scale).add(bias).sub(logits)))
    }
}
