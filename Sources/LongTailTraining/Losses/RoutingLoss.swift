import LongTailBasics
import LongTailTorch
import LongTailVision

/// RIDE's expert assignment: binary cross-entropy of the gates against whether another expert would help.
///
/// Wang et al. 2021, equation 6, as in the official code.
public struct RoutingLoss {
    private let positiveWeight: Double

    /// A loss in which the rare "go on" counts `positiveWeight` times, above 0.
    public init(positiveWeight: Double = 100) throws(Failure) {
        try require("the weight of positives", positiveWeight, above: 0)
        self.positiveWeight = positiveWeight
    }

    /// A scalar, the mean over samples and gates.
    ///
    /// - Parameters:
    ///   - gates: N×(E − 1) logits; above 0 means: ask the next expert.
    ///   - wanted: N×(E − 1) of 0 and 1, see `ExpertRouting.targets`.
    public func callAsFunction(_ gates: Tensor, _ wanted: Tensor) throws(Failure) -> Tensor {
        try gates.requireSameShape(as: wanted, "routing targets")
        let weight = try withoutGradients { () throws(Failure) in
            try Tensor([positiveWeight]).to(like: gates)
        }
        return try gates.binaryCrossEntropyWithLogits(wanted, positiveWeight: weight)
    }
}

extension ExpertRouting {
    /// N×(E − 1) in the logits' type: 1 at gate i when the mean of the first i + 1 experts is wrong and the mean of some
    /// longer row of experts is right.
    ///
    /// - Parameters:
    ///   - experts: E ≥ 2 tensors of N×K logits.
    ///   - targets: N class indices, int64.
    public static func targets(_ experts: [Tensor], _ targets: Tensor) throws(Failure) -> Tensor {
        guard experts.count > 1 else { throw Failure(.engine, "routing needs at least two experts") }
        return try withoutGradients { () throws(Failure) in
            var right: [Tensor] = []
            var running = experts[0]
            for (index, expert) in experts.enumerated() {
                try expert.requireLogits(of: targets)
                if index > 0 { running = try running.add(expert) }
                right.append(try running.argmax(1).eq(targets).to(like: expert).unsqueeze(1))
            }
            var wanted: [Tensor] = []
            for gate in 0..<experts.count - 1 {
                let later = try Tensor.cat(Array(right[(gate + 1)...]), 1).amax([1], keep: true)
                wanted.append(try right[gate].neg().add(1).mul(later))
            }
            return try Tensor.cat(wanted, 1)
        }
    }
}
