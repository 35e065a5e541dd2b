import LongTailBasics
import LongTailTorch

/// RIDE's expert assignment: binary cross-entropy of the gates against whether another expert would help.
///
/// Wang et al. 2021, equation 6, as in the official code.
public struct RoutingLoss {
    private let positiveWeight: Double

    /// A loss in which the rare "go on" counts `positiveWeight` times, above 0.
    public init(positiveWeight: Double = 100) throws(LongTailError) {
        try require("the weight of positives", positiveWeight, above: 0)
        self.positiveWeight = positiveWeight
    }

    /// A scalar, the mean over samples and gates.
    ///
    /// - Parameters:
    ///   - gates: N×(E − 1) logits; above 0 means: ask the next expert.
    ///   - wanted: N×(E − 1) of 0 and 1, see `ExpertRouting.targets`.
    public func callAsFunction(_ gates: Tensor, _ wanted: Tensor) throws(LongTailError) -> Tensor {
        try gates.requireSameShape(as: wanted, "routing targets")
        let weight = try withoutGradients { () throws(LongTailError) in
            try Tensor([positiveWeight]).to(like: gates)
        }
        return try gates.binaryCrossEntropyWithLogits(wanted, positiveWeight: weight)
    }
}
