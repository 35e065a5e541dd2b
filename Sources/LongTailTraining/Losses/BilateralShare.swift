import LongTailBasics
import LongTailTorch

/// BBN's cumulative learning: a share that moves from the conventional to the re-balancing branch.
///
/// Zhou et al. 2020, equations 1, 2 and 4, as in the official code.
public struct BilateralShare: Sendable, Equatable {
    /// l, the weight of the conventional branch; the other's is 1 − l.
    public let value: Double

    /// A share in 0...1.
    public init(_ value: Double) throws(LongTailError) {
        try require("the share of a branch", value, atLeast: 0, atMost: 1)
        self.value = value
    }

    /// l = 1 − (e / E')² in epoch e, counted from 0, of E.
    ///
    /// - Parameters:
    ///   - epoch: e.
    ///   - epochs: E, at least 1.
    ///   - rounded: Whether E' is 100 for 90 epochs and 200 for 180, as in the official code; otherwise E' = E.
    public init(epoch: Int, of epochs: Int, rounded: Bool = true) throws(LongTailError) {
        let span = rounded ? [90: 100, 180: 200][epochs] ?? epochs : epochs
        guard epochs > 0, (0...span).contains(epoch) else {
            throw LongTailError(.usage, "epoch \(epoch) is not one of \(epochs)")
        }
        let progress = Double(epoch) / Double(span)
        value = 1 - progress * progress
    }

    /// 2 · [l f_a ; (1 − l) f_b]: N×D features of each branch to N×2D for the classifier.
    ///
    /// Inference takes [f_a ; f_b], which is l = ½.
    public func features(_ conventional: Tensor, _ rebalancing: Tensor) throws(LongTailError) -> Tensor {
        try Tensor.cat([conventional.mul(2 * value), rebalancing.mul(2 * (1 - value))], 1)
    }

    /// l · CE(z, y_a) + (1 − l) · CE(z, y_b).
    public func loss(
        _ logits: Tensor, conventional: Tensor, rebalancing: Tensor, _ loss: any Loss = CrossEntropyLoss()
    ) throws(LongTailError) -> Tensor {
        try loss.mixed(logits, conventional, rebalancing, share: value)
    }
}
