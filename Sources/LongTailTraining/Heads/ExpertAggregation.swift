import LongTailBasics
import LongTailTorch
import LongTailVision

/// SADE's test-time aggregation: experts weighted so that two views of a test image are predicted alike.
///
/// Zhang et al. 2022, section 4.3, as in the official code. The weights are a soft-max of one number per expert; labels
/// have no part in it.
public final class ExpertAggregation: Module {
    private let weight: Parameter
    /// The training ends when a weight falls below this.
    public static let leastWeight = 0.05

    /// Equal weights for a number of experts, at least 1.
    public convenience init(experts: Int) throws(LongTailError) {
        guard experts > 0 else { throw LongTailError(.usage, "an aggregation needs an expert, found \(experts)") }
        try self.init(weight: Tensor([Float](repeating: 1 / Float(experts), count: experts)))
    }

    /// Around a vector of numbers, one per expert, before the soft-max.
    init(weight: Tensor) throws(LongTailError) { self.weight = try Parameter(weight) }

    /// The saved tensor.
    public var children: [(name: String, child: ModuleChild)] { [("weight", .parameter(weight))] }

    /// The experts' weights, positive and of sum 1.
    public func weights() throws(LongTailError) -> [Double] { try weight.tensor.detach().softmax(0).array() }

    /// Whether a weight has fallen below `leastWeight`.
    public func isDone() throws(LongTailError) -> Bool { try weights().contains { $0 < Self.leastWeight } }

    /// N×K: the weighted sum of the experts' logits.
    public func logits(_ experts: [Tensor]) throws(LongTailError) -> Tensor {
        guard experts.count == weight.tensor.count else {
            throw LongTailError(.engine, "\(experts.count) experts, but \(weight.tensor.count) weights")
        }
        let shares = try weight.tensor.softmax(0)
        var index = 0
        return try experts.sum { (expert) throws(LongTailError) in
            defer { index += 1 }
            return try expert.mul(shares.slice(0, from: index, to: index + 1))
        }
    }

    /// Minus the mean cosine between the predictions for two views, to be minimised.
    public func loss(_ first: [Tensor], _ second: [Tensor]) throws(LongTailError) -> Tensor {
        try logits(first).softmax().cosineSimilarity(logits(second).softmax()).mean().neg()
    }
}
