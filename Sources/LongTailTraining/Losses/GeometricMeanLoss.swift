import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// GML: minus the log of the geometric mean of the soft recalls of the classes in the batch.
///
/// Du & Wu 2023, "No One Left Behind", as in BTM's code: r_ic is the soft-max of z_c + log n_c, clamped to [1e-5, 1];
/// m_c the mean of r_i,c over the images of class c; L = (mean over the classes present of (−log m_c)^p)^(1/p).
/// Classes absent from the batch do not count.
public struct GeometricMeanLoss: Loss {
    /// Where the logarithm stands.
    public enum Order: String, Sendable, CaseIterable {
        /// −log of the class mean: the loss of BTM's code.
        case afterMean = "after-mean"
        /// The class mean of −log: the sibling that the code names.
        case beforeMean = "before-mean"
    }

    private let shift: ClassVector?
    private let power: Double
    private let order: Order

    /// A loss for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class, for the re-weighted soft-max; nil for the plain one. An empty class
    ///     leaves the soft-max.
    ///   - power: p, above 0; the code's 1.
    ///   - order: Where the logarithm stands.
    public init(_ counts: ClassCounts?, power: Double = 1, order: Order = .afterMean) throws(LongTailError) {
        try require("the power of the geometric mean loss", power, above: 0)
        shift = if let counts { ClassVector(try counts.logPrior(floor: 0)) } else { nil }
        self.power = power
        self.order = order
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireLogits(of: targets)
        let shifted = if let shift { try logits.add(shift.like(logits)) } else { logits }
        // log r clamped to [log 1e-5, 0]: r clamped to [1e-5, 1], without underflow on the way.
        let own = try shifted.logSoftmax().gather(1, targets.unsqueeze(1)).clamp(min: log(1e-5), max: 0)
        // Row i of `mates` averages over the samples of i's class, so that every sample carries its class's figure.
        let mates = try targets.unsqueeze(1).eq(targets.unsqueeze(0)).to(like: logits)
        let sizes = try mates.sum([1], keep: true)
        let figure =
            switch order {
            case .afterMean: try mates.matmul(own.exp()).div(sizes).log().neg()
            case .beforeMean: try mates.matmul(own).div(sizes).neg()
            }
        // Each class counts once: its n samples count 1/n each.
        let shares = try sizes.pow(-1)
        guard power != 1 else { return try figure.mul(shares).sum().div(shares.sum()) }
        // Kept off 0, where powers have no slope.
        let mean = try figure.clamp(min: 1e-12).pow(power).mul(shares).sum().div(shares.sum())
        return try mean.pow(1 / power)
    }
}
