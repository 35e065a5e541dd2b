import LongTailBasics
import LongTailTorch

/// Cross-entropy: the mean over the batch of −z_y + log Σ_c exp z_c; with weights per class, Σ w_y l / Σ w_y.
public struct CrossEntropyLoss: Loss {
    private let weights: ClassVector?

    /// Every sample counts the same.
    public init() { weights = nil }

    /// Samples count by their class, for instance `ClassCounts.effectiveNumberWeights`.
    ///
    /// - Throws: When a weight is not a positive number.
    public init(weights: [Double]) throws(LongTailError) { self.weights = try ClassVector(weights: weights) }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireLogits(of: targets)
        return try logits.crossEntropy(targets, weight: weights?.like(logits))
    }
}

/// Cross-entropy against distributions: the mean over the batch of −Σ_c t_c log p_c.
public struct SoftTargetCrossEntropy {
    public init() {}

    /// A scalar.
    ///
    /// - Parameters:
    ///   - logits: N×K.
    ///   - targets: N×K distributions, without gradient; a row that does not sum to 1 counts by its sum.
    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireSameShape(as: targets, "soft targets")
        return try logits.crossEntropy(targets.to(like: logits))
    }
}
