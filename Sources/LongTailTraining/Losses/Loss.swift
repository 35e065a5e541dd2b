import LongTailBasics
import LongTailTorch

/// Logits and targets to one number; what it needs of the class counts it holds.
public protocol Loss {
    /// The mean loss of a batch.
    ///
    /// - Parameters:
    ///   - logits: N×K, float32 or float64.
    ///   - targets: N class indices, int64.
    func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor
}

extension Loss {
    /// share · l(z, y_a) + (1 − share) · l(z, y_b): the loss of mixed images (mixup, CutMix) and of BBN's two branches.
    ///
    /// - Parameters:
    ///   - logits: N×K.
    ///   - first: N class indices with weight `share`.
    ///   - second: N class indices with the rest.
    ///   - share: The weight of the first, in [0, 1].
    public func mixed(_ logits: Tensor, _ first: Tensor, _ second: Tensor, share: Double) throws(LongTailError)
        -> Tensor
    {
        try self(logits, first).mul(share).add(self(logits, second), alpha: 1 - share)
    }
}

/// Several experts' logits and the targets to one number.
public protocol ExpertLoss {
    /// The loss of a batch, summed over the experts.
    ///
    /// - Parameters:
    ///   - experts: At least one tensor of N×K logits.
    ///   - targets: N class indices, int64.
    func callAsFunction(_ experts: [Tensor], _ targets: Tensor) throws(LongTailError) -> Tensor
}
