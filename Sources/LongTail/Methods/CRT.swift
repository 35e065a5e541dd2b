import Basics
import Torch
import Vision

/// Classifier re-training: a fresh classifier, cross-entropy, class-aware sampling.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition".
public struct CRT: Method {
    /// The word in a recipe.
    public static let name = "crt"
    /// One line for help.
    public static let summary = "a fresh classifier on class-balanced batches (Kang et al. 2020)"

    /// It has no parameters.
    public init() {}

    /// It has no keys.
    public static var fields: [Field<CRT>] { [] }

    /// Classifier only, class-aware; the official code leaves the frozen backbone in training mode, so that
    /// batch normalisation's running statistics move.
    public static func adjust(_ training: inout TrainingRecipe) {
        training.trains = .classifier
        training.sampler = .classAware
        training.batchNorm = .shift
    }

    /// The linear layer starts anew; the official loader skips the classifier of the stage-1 file.
    public func prepare(_ network: Network, _ draw: inout WeightDraw) throws(Failure) {
        try network.renewClassifier(&draw)
    }
}
