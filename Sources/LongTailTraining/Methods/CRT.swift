import LongTailBasics
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// Classifier re-training: a fresh classifier, cross-entropy, class-aware sampling.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition".
public struct CRT: LossMethod {
    public static let name = "crt"
    public static let summary = "a fresh classifier on class-balanced batches"
    public static let page = MethodPage(
        "Decoupling Representation and Classifier for Long-Tailed Recognition", "Kang et al.", 2020,
        stages: "pre-train (ce), post-train", recipe: "crt",
        idea: "Features come from plain training; the classifier is trained anew on class-balanced batches.",
        formula: "L = CE( W f + b , y ), W and b fresh, f frozen",
        differences: [
            "As in the code the frozen backbone stays in training mode, so that running statistics move.",
            "Epochs are whole batches of one pass over the images; the code cuts them at floor(N / B) steps.",
        ])

    public init() {}

    public static var fields: [RecipeField<CRT>] { [] }

    /// Classifier only, class-aware; the official code leaves the frozen backbone in training mode, so that
    /// batch normalisation's running statistics move.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = .classifier
        training.sampler = .classAware
        training.batchNorm = .shift
    }

    /// The linear layer starts anew; the official loader skips the classifier of the stage-1 file.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.renewClassifier(nil, &draw)
    }
}
