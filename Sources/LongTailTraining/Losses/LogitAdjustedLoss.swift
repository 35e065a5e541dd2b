import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// Logit adjustment as a loss: l(z_c + τ log π_c, y).
///
/// Menon et al. 2021, equation 10. With `floor` 0 the shift of an empty class is −∞: it leaves the soft-max, gets no
/// gradient and has no target.
public struct LogitAdjustedLoss: Loss {
    private let shift: ClassVector
    private let base: any Loss

    /// A loss for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class.
    ///   - tau: τ, at least 0; 1 is the balanced soft-max.
    ///   - floor: Added to every π_c inside the logarithm; a re-implementation has 1e-12.
    ///   - base: The loss of the shifted logits.
    public init(
        _ counts: ClassCounts, tau: Double = 1, floor: Double = 0, base: any Loss = CrossEntropyLoss()
    ) throws(LongTailError) {
        try require("tau", tau, atLeast: 0)
        shift = ClassVector(try counts.logPrior(floor: floor, times: tau))
        self.base = base
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireLogits(of: targets)
        return try base(logits.add(shift.like(logits)), targets)
    }
}

/// Balanced soft-max: cross-entropy of logits shifted by the log of the class counts; nothing is shifted in a test.
///
/// Ren et al. 2020, equation 4; logit adjustment with τ = 1. An empty class leaves the soft-max.
public struct BalancedSoftmaxLoss: Loss {
    private let adjusted: LogitAdjustedLoss

    /// A loss for given class counts.
    public init(_ counts: ClassCounts) throws(LongTailError) { adjusted = try LogitAdjustedLoss(counts) }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try adjusted(logits, targets)
    }
}

/// Logit adjustment after training with cross-entropy: z_c − τ log π_c + log t_c.
///
/// Menon et al. 2021, equation 9; with a target prior t it is the PC soft-max of LADE (Hong et al. 2021).
public struct PostHocAdjustment {
    private let shift: ClassVector

    /// An adjustment for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class.
    ///   - tau: τ, at least 0.
    ///   - floor: Added to every π_c inside the logarithm, above 0 when a class is empty.
    ///   - target: The classes' shares in the test set, each above 0; nil for equal ones.
    public init(
        _ counts: ClassCounts, tau: Double = 1, floor: Double = 0, target: [Double]? = nil
    ) throws(LongTailError) {
        try require("tau", tau, atLeast: 0)
        if floor == 0 { try counts.requireNoEmptyClass(for: "logit adjustment") }
        var shift = try counts.logPrior(floor: floor, times: -tau)
        if let target {
            guard target.count == shift.count, target.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw LongTailError(.usage, "a target prior needs a positive number for each of \(shift.count) classes")
            }
            let total = target.reduce(0, +)
            for label in shift.indices { shift[label] += log(target[label] / total) }
        }
        self.shift = ClassVector(shift)
    }

    /// Logits N×K to adjusted ones.
    public func callAsFunction(_ logits: Tensor) throws(LongTailError) -> Tensor { try logits.add(shift.like(logits)) }
}

extension ClassCounts {
    /// factor · log(π_c + floor) per class; 0 where the factor is 0.
    ///
    /// - Throws: When there is no image at all, or the floor is negative.
    func logPrior(floor: Double, times factor: Double = 1) throws(LongTailError) -> [Double] {
        try require("the floor of a prior", floor, atLeast: 0)
        guard total > 0 else { throw LongTailError(.data, "the classes have no training image at all") }
        guard factor != 0 else { return counts.map { _ in 0 } }
        return counts.map { factor * log(Double($0) / Double(total) + floor) }
    }
}
