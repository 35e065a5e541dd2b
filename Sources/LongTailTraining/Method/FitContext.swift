import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailVision

/// What a method that is not trained may look at.
public struct FitContext {
    /// Training images per class.
    public let counts: ClassCounts
    /// The stage's training images.
    public let images: any Dataset
    /// Images that were kept apart; empty unless the recipe asks for them.
    public let validation: any Dataset
    /// What runs networks over images.
    public let evaluator: Evaluator
    private let broken: BrokenImages
    private let say: (String) throws(LongTailError) -> Void

    package init(
        counts: ClassCounts, images: any Dataset, validation: any Dataset, evaluator: Evaluator,
        broken: BrokenImages = .stop, say: @escaping (String) throws(LongTailError) -> Void
    ) {
        (self.counts, self.images, self.validation, self.evaluator) = (counts, images, validation, evaluator)
        (self.broken, self.say) = (broken, say)
    }

    /// Writes a sentence into the log.
    public func note(_ text: String) throws(LongTailError) { try say(text) }

    /// Hands over every batch of the training images' features (N×D, float32) and labels, prepared as for evaluation.
    public func features(
        _ network: Network, _ take: (Tensor, [Int]) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let backbone = network.backbone
        var evaluator = evaluator
        evaluator.broken = broken
        try evaluator.visit(network, images, forward: { (images) throws(LongTailError) in try backbone(images) }) {
            (batch, features) throws(LongTailError) in try take(features, batch.targets)
        }
    }

    /// The report on the validation images.
    ///
    /// - Throws: When there are none; `purpose` says who wanted them.
    public func validate(_ network: Network, for purpose: String) throws(LongTailError) -> ClassReport {
        guard validation.count > 0 else {
            throw LongTailError(
                .usage, "\(purpose) needs validation images, and the recipe keeps none apart",
                remedy: "Set data.validation to a number of images a class, or give the value yourself.")
        }
        return try evaluator(network, on: validation).report
    }
}
