import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailVision

/// SADE: three experts with cross-entropy on differently shifted logits, summed.
///
/// Zhang et al. 2022, equations 2 to 4, as in the official code: expert 1 sees z, expert 2 z + log π, expert 3
/// z + log π − τ log π̃, where π̃ gives the largest class the smallest prior and so on; 1e-9 inside the logarithms.
public struct SADELoss: ExpertLoss {
    private let shifts: [ClassVector]

    /// A loss for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class; an empty one has the prior 1e-9.
    ///   - tau: τ, at least 0; 2 on CIFAR-100-LT and ImageNet-LT, 1 on Places-LT and iNaturalist 2018.
    public init(_ counts: ClassCounts, tau: Double = 2) throws(LongTailError) {
        try require("tau", tau, atLeast: 0)
        let prior = try counts.logPrior(floor: 1e-9)
        let inverse = Self.reversed(prior)
        shifts = [
            ClassVector(prior.map { _ in 0 }), ClassVector(prior),
            ClassVector(zip(prior, inverse).map { $0 - tau * $1 }),
        ]
    }

    /// The values with ranks reversed: the class of the largest gets the smallest; equal ones in label order.
    static func reversed(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var result = values
        for (rank, label) in order.enumerated() { result[label] = values[order[order.count - 1 - rank]] }
        return result
    }

    /// See `ExpertLoss`; exactly three experts.
    public func callAsFunction(_ experts: [Tensor], _ targets: Tensor) throws(LongTailError) -> Tensor {
        guard experts.count == shifts.count else {
            throw LongTailError(.engine, "SADE has \(shifts.count) experts, found \(experts.count)")
        }
        var shifted: [Tensor] = []
        for (expert, shift) in zip(experts, shifts) { shifted.append(try expert.add(shift.like(expert))) }
        return try shifted.sum { (logits) throws(LongTailError) in try CrossEntropyLoss()(logits, targets) }
    }
}
