import LongTailBasics
import LongTailTorch

/// Focal loss: cross-entropy times (1 − p_y)^γ.
///
/// Lin et al. 2017, equation 5.
public struct FocalLoss: Loss {
    /// Where the probabilities come from.
    public enum Form: String, Sendable, CaseIterable {
        /// A soft-max over the classes, averaged over the batch (LDAM-DRW's code).
        case softmax
        /// A sigmoid per class, summed over the classes, averaged over the batch; a sample's weight is that of its true
        /// class (class-balanced-loss's code).
        case sigmoid
    }

    private let gamma: Double
    private let weights: ClassVector?
    private let form: Form
    private let weightsProbability: Bool

    /// A focal loss.
    ///
    /// - Parameters:
    ///   - gamma: γ, at least 0; 0 is cross-entropy, LDAM-DRW's code has 1 on CIFAR, the paper 2.
    ///   - weights: Weights per class, nil for none; the mean over the batch is not divided by them.
    ///   - form: Soft-max or sigmoid.
    ///   - weightsProbability: Whether p_y is taken back from the *weighted* cross-entropy, p_y = exp(−w_y l), as
    ///     LDAM-DRW's code does; false for the true p_y. Only the soft-max has the choice.
    public init(
        gamma: Double = 1, weights: [Double]? = nil, form: Form = .softmax, weightsProbability: Bool = true
    ) throws(LongTailError) {
        try require("gamma", gamma, atLeast: 0)
        self.gamma = gamma
        self.weights = if let weights { try ClassVector(weights: weights) } else { nil }
        self.form = form
        self.weightsProbability = weightsProbability
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireLogits(of: targets)
        return switch form {
        case .softmax: try softmax(logits, targets)
        case .sigmoid: try sigmoid(logits, targets)
        }
    }

    private func softmax(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        let weight = try weights?.like(logits)
        let loss = try logits.crossEntropy(targets, weight: weight, reduction: .none)
        let exponent =
            weight == nil || weightsProbability ? loss : try logits.crossEntropy(targets, reduction: .none)
        // 1 − p; kept off 0, where a power below 1 has no slope.
        let miss = try exponent.neg().expm1().neg().clamp(min: 1e-12)
        return try miss.pow(gamma).mul(loss).mean()
    }

    private func sigmoid(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        let truth = try targets.oneHot(logits.size(1)).to(like: logits)
        // +z where the class is the true one, −z elsewhere: p_t is its sigmoid, 1 − p_t that of its negative.
        let signed = try logits.mul(truth.mul(2).add(-1))
        let loss = try signed.neg().logSigmoid().mul(gamma).exp().mul(signed.logSigmoid()).neg().sum([1])
        guard let weights else { return try loss.mean() }
        return try loss.mul(weights.like(logits).indexSelect(0, targets)).mean()
    }
}
