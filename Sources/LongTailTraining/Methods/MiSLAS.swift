import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// MiSLAS, second stage: the classifier goes on with label-aware smoothing and a learnable scale per class.
///
/// Zhong et al. 2021, "Improving Calibration for Long-Tailed Recognition". Batches are class-balanced, and batch
/// normalisation's statistics keep moving.
public struct MiSLAS: LossMethod {
    public static let name = "mislas"
    public static let summary =
        "label-aware smoothing with a scale per class on class-balanced batches"
    public static let page = MethodPage(
        "Improving Calibration for Long-Tailed Recognition", "Zhong et al.", 2021,
        stages: "pre-train (ce with mixup), post-train", recipe: "mislas",
        idea: """
            The second stage trains the classifier on class-balanced batches, with a smoothing that grows with class size,
            a learnt scale per class and re-estimated batch normalisation.
            """,
        formula: "L = (1 - e_y) (-log p_y) + e_y mean_c(-log p_c);  z = s (W f + b)",
        differences: [
            "The paper gives the smoothing to the other classes, e/(K - 1) each; the code, as here, to all, e/K each.",
            "Its authors recommend weight decay 5e-4 on CIFAR instead of the published 2e-4.",
        ])

    /// Smoothing of the largest class; 0.4 in the official CIFAR-100-LT configuration at imbalance 100.
    public var smoothHead = 0.4
    /// Smoothing of the smallest class; 0.1 in the same configuration.
    public var smoothTail = 0.1
    /// How the smoothing grows with class size.
    public var shape = LabelAwareSmoothing.Shape.concave
    /// The power of shape `exp`.
    public var power = 1.0
    /// The classifier's learning rate over the scale's; 0.2 in the same configuration.
    public var classifierFactor = 0.2
    /// Whether a learnable scale per class multiplies the logits (LWS).
    public var scale = true

    public static var parts: [any ClassifierPart.Type] { [ClassScale.self] }

    public init() {}

    public static var fields: [RecipeField<MiSLAS>] {
        [
            RecipeField("smooth-head", \.smoothHead, in: 0...1, "smoothing of the largest class"),
            RecipeField("smooth-tail", \.smoothTail, in: 0...1, "smoothing of the smallest class"),
            RecipeField("shape", \.shape, "how the smoothing grows with class size"),
            RecipeField("power", \.power, in: 0.01...100, "the power of shape exp"),
            RecipeField(
                "classifier-factor", \.classifierFactor, in: 0...1000, "the classifier's learning rate over the scale's"
            ),
            RecipeField("scale", \.scale, "whether a learnable scale per class multiplies the logits"),
        ]
    }

    /// Classifier only, class-aware, shifted batch normalisation.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = .classifier
        training.sampler = .classAware
        training.batchNorm = .shift
    }

    /// The largest class is smoothed most.
    public func conflicts() -> [RecipeConflict] {
        guard smoothTail > smoothHead else { return [] }
        return [RecipeConflict("smooth-tail", "must not exceed smooth-head (\(smoothHead)), found \(smoothTail)")]
    }

    /// The classifier goes on from stage 1, under a scale of ones.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        if scale { try network.classifier.add(ClassScale.self, &draw) }
    }

    /// Label-aware smoothing.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try LabelAwareSmoothing(counts, head: smoothHead, tail: smoothTail, shape: shape, power: power)
    }

    /// The classifier moves slowly, the scale at the full rate.
    public func learningRateMultiplier(for role: ParameterRole) -> Double {
        role == .classifier ? classifierFactor : 1
    }

    /// The official loop breaks one step after a full pass.
    public var extraSteps: Int { 1 }
}

extension LabelAwareSmoothing.Shape: RecipeChoice {}
