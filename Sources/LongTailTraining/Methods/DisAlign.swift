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

    public static var parts: [any ClassifierPart.Type] { [DisAlignHead.self] }

    public init() {}

    public static var fields: [RecipeField<DisAlign>] {
        [RecipeField("rho", \.rho, in: 0...10, "power of the inverse prior in the class weights")]
    }

    /// The calibration only; the network keeps to its running statistics.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = TrainablePart(DisAlignHead.self)
        training.batchNorm = .evaluate
    }

    /// Adds the calibration, at first without effect.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.classifier.add(DisAlignHead.self, &draw)
    }

    /// Weighted cross-entropy.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try CrossEntropyLoss(weights: counts.inverseFrequencyWeights(power: rho))
    }
}

/// DisAlign's calibration: z' = σ(x) (a z + b) + (1 − σ(x)) z, with a scale and a bias per class and a confidence.
///
/// Zhang et al. 2021, equations 5 to 7. The whole is trained on a frozen network with cross-entropy under
/// `ClassCounts.inverseFrequencyWeights`.
public final class DisAlignHead: ClassifierPart {
    public static let name = "calibration"
    public static let prefixes = ["logit_", "confidence_layer."]

    private let scale: Parameter
    private let bias: Parameter
    private let confidence: Linear

    /// Scale 1, bias 0, so that the logits begin as they were; the confidence, which sees the features, is drawn.
    public init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError) {
        scale = try Parameter(.ones([1, shape.classes]))
        bias = try Parameter(.zeros([1, shape.classes]))
        confidence = try Linear(shape.features, 1, &draw)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [
            ("logit_scale", .parameter(scale)), ("logit_bias", .parameter(bias)),
            ("confidence_layer", .module(confidence)),
        ]
    }

    public var classDimensions: [String: Int] { ["logit_scale": 1, "logit_bias": 1] }

    public var effect: ClassifierEffect {
        .logitsByFeatures { (logits, features) throws(LongTailError) in try self(logits, features: features) }
    }

    /// N×K calibrated logits from N×K logits and N×D features.
    public func callAsFunction(_ logits: Tensor, features: Tensor) throws(LongTailError) -> Tensor {
        try Self.calibrated(logits, sigma: confidence(features).sigmoid(), scale: scale.tensor, bias: bias.tensor)
    }

    /// σ (a z + b) + (1 − σ) z = z + σ (a z + b − z), for σ N×1.
    public static func calibrated(_ logits: Tensor, sigma: Tensor, scale: Tensor, bias: Tensor) throws(LongTailError)
        -> Tensor
    {
        try logits.add(sigma.mul(logits.mul(scale).add(bias).sub(logits)))
    }
}
