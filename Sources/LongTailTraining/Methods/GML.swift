import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// GML: the classifier goes on with minus the log of the geometric mean of the batch's soft recalls.
///
/// Du and Wu 2023, "No One Left Behind: Improving the Worst Categories in Long-Tailed Learning"; the stage of BTM's
/// code, which is MiSLAS's second stage with another loss.
public struct GML: LossMethod {
    public static let name = "gml"
    public static let summary = "the geometric mean of the batch's soft recalls, with a scale per class"
    public static let page = MethodPage(
        "No One Left Behind: Improving the Worst Categories in Long-Tailed Learning", "Du and Wu", 2023,
        stages: "pre-train, post-train", recipe: "gml",
        idea: "The classifier is trained for the geometric mean of recalls, so that no class can be given up.",
        formula: "r_ic = n_c exp z_ic / sum_j n_j exp z_ij;  L = mean over classes present of -log mean_i r_ic",
        differences: [
            "form: reweighted is BTM's code, plain has n_c = 1; order: before-mean puts the log inside the class mean.",
            "The paper's own hyper-parameters and its ensemble of two classifiers are not established.",
        ])

    /// Whether the class counts enter the soft-max.
    public enum Form: String, RecipeChoice {
        /// With counts, as in BTM's code.
        case reweighted
        /// Without.
        case plain
    }

    /// Whether the class counts enter the soft-max.
    public var form = Form.reweighted
    /// Where the logarithm stands.
    public var order = GeometricMeanLoss.Order.afterMean
    /// p of the mean over classes.
    public var power = 1.0
    /// The classifier's learning rate over the scale's; MiSLAS's on CIFAR-100-LT at imbalance 100.
    public var classifierFactor = 0.2
    /// Whether a learnable scale per class multiplies the logits (LWS).
    public var scale = true

    public static var parts: [any ClassifierPart.Type] { [ClassScale.self] }

    public init() {}

    public static var fields: [RecipeField<GML>] {
        [
            RecipeField("form", \.form, "whether the class counts enter the soft-max"),
            RecipeField("order", \.order, "where the logarithm stands"),
            RecipeField("power", \.power, in: 0.01...100, "power of the mean over classes"),
            RecipeField(
                "classifier-factor", \.classifierFactor, in: 0...1000, "the classifier's learning rate over the scale's"
            ),
            RecipeField("scale", \.scale, "whether a learnable scale per class multiplies the logits"),
        ]
    }

    /// As MiSLAS.
    public static func adjustDefaults(_ training: inout TrainingRecipe) { MiSLAS.adjustDefaults(&training) }

    /// The classifier goes on, under a scale of ones.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        if scale { try network.classifier.add(ClassScale.self, &draw) }
    }

    /// The geometric mean loss.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try GeometricMeanLoss(form == .reweighted ? counts : nil, power: power, order: order)
    }

    /// The classifier moves slowly, the scale at the full rate.
    public func learningRateMultiplier(for role: ParameterRole) -> Double {
        role == .classifier ? classifierFactor : 1
    }

    /// As MiSLAS.
    public var extraSteps: Int { 1 }
}

extension GeometricMeanLoss.Order: RecipeChoice {}
