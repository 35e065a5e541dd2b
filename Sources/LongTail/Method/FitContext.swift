import Basics
import Torch
import Vision

/// What a method that is not trained may look at.
public struct FitContext {
    /// Training images per class.
    public let counts: ClassCounts
    /// The stage's training images.
    let images: any Dataset
    /// Images that were kept apart; empty unless the recipe asks for them.
    let validation: any Dataset
    let evaluator: Evaluator
    private let say: (String) throws(Failure) -> Void

    init(
        counts: ClassCounts, images: any Dataset, validation: any Dataset, evaluator: Evaluator,
        say: @escaping (String) throws(Failure) -> Void
    ) {
        (self.counts, self.images, self.validation, self.evaluator) = (counts, images, validation, evaluator)
        self.say = say
    }

    /// Writes a sentence into the log.
    func note(_ text: String) throws(Failure) { try say(text) }

    /// Hands over every batch of the training images' features (N×D, float32) and labels, prepared as for evaluation.
    func features(
        _ network: Network, _ take: (Tensor, [Int]) throws(Failure) -> Void
    ) throws(Failure) {
        let backbone = network.backbone
        try evaluator.visit(network, images, forward: { (images) throws(Failure) in try backbone(images) }) {
            (batch, features) throws(Failure) in try take(features, batch.targets)
        }
    }

    /// The report on the validation images.
    ///
    /// - Throws: When there are none; `purpose` says who wanted them.
    func validate(_ network: Network, for purpose: String) throws(Failure) -> ClassReport {
        guard validation.count > 0 else {
            throw Failure(
                .usage, "\(purpose) needs validation images, and the recipe keeps none apart",
                remedy: "Set data.validation to a number of images a class, or give the value yourself.")
        }
        return try evaluator(network, on: validation).report
    }
}
