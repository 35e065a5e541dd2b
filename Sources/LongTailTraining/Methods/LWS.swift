import LongTailBasics
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// Learnable weight scaling: one scale per class on the trained classifier, learnt on class-balanced batches.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition".
public struct LWS: LossMethod {
    public static let name = "lws"
    public static let summary = "one learnt scale per class on the trained classifier"
    public static let page = MethodPage(
        "Decoupling Representation and Classifier for Long-Tailed Recognition", "Kang et al.", 2020,
        stages: "pre-train (ce), post-train", recipe: "lws",
        idea: "Only how loud each class speaks is learnt; the direction of its weights stays.",
        formula: "z_c = s_c ( w_c . f + b_c ), only s trained, from 1",
        differences: ["The paper writes it without the bias; the code scales the bias too, as here."])

    public static var parts: [any ClassifierPart.Type] { [ClassScale.self] }

    public init() {}

    public static var fields: [RecipeField<LWS>] { [] }

    /// Scale only, class-aware; running statistics move, as in the code.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = TrainablePart(ClassScale.self)
        training.sampler = .classAware
        training.batchNorm = .shift
    }

    /// A scale of ones.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.classifier.add(ClassScale.self, &draw)
    }
}
