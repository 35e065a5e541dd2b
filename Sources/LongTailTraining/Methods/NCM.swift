import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// Nearest class mean: an image goes to the class whose mean feature is nearest; nothing is trained.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition".
public struct NCM: FittedMethod {
    public static let name = "ncm"
    public static let summary = "nearest class mean of the training features; nothing is trained"
    public static let page = MethodPage(
        "Decoupling Representation and Classifier for Long-Tailed Recognition", "Kang et al.", 2020,
        stages: "pre-train (ce), post-train", recipe: "ncm",
        idea:
            "The classifier is replaced by the mean feature of each class, which a small class has as well as a large one.",
        formula: "f' = (f - mean) / |f - mean|;  score_c = -|f' - m_c|^2",
        differences: [
            "The code's default variant: centred, of unit length; means are not normalised again.",
            "Scores are distances, not logits: their soft-max is nearly flat, so that ECE says little of it.",
        ])

    public init() {}

    public static var fields: [Field<NCM>] { [] }

    /// A layer of means.
    public func prepare(_ network: inout Network, _ draw: inout WeightDraw) throws(Failure) {
        try network.renewClassifier(.nearestMean, &draw)
    }

    /// Takes the means.
    public func fit(_ network: Network, _ context: FitContext) throws(Failure) {
        try context.counts.requireNoEmptyClass(for: "the nearest class mean")
        let found = try NearestClassMean(classes: context.counts.classCount, dimension: network.backbone.width) {
            (take) throws(Failure) in
            try context.features(network) { (features, labels) throws(Failure) in try take(features, labels) }
        }
        var state = try network.stateDict()
        state["fc.means"] = try found.means.to(.float32).host()
        state["fc.centre"] = try found.centre?.to(.float32).host()
        try network.load(state)
    }
}
