import LongTailBasics
import LongTailTorch

/// RIDE's expert assignment: after each expert but the last, one number that says whether to ask the next.
///
/// A hidden layer of 16 for each gate sees the expert's feature at unit length; its output, and the 30 (50 for 1,000
/// classes and more) largest of the running mean's logits, go through a layer that all gates share. Wang et al. 2021,
/// section 3.4, as in the official code; names are that code's.
public final class ExpertGates: Module {
    static let prefix = "expert_help_pred"
    private let hidden: [Linear]
    private let shared: Linear
    private let top: Int

    init(experts: Int, features: Int, classes: Int, _ draw: inout WeightDraw) throws(Failure) {
        top = min(classes, classes < 1000 ? 30 : 50)
        var hidden: [Linear] = []
        for _ in 1..<experts { hidden.append(try Linear(features, 16, initialization: .kaimingUniform, &draw)) }
        self.hidden = hidden
        shared = try Linear(16 + top, 1, initialization: .kaimingUniform, &draw)
    }

    public var members: [(name: String, member: Member)] {
        [("\(Self.prefix)_fcs", .modules(hidden)), (Self.prefix, .module(shared))]
    }

    /// N×(E − 1) logits, above 0 for "ask the next"; no gradient reaches features or experts.
    ///
    /// - Parameters:
    ///   - features: Each expert's, N×D.
    ///   - experts: Each expert's logits, N×K.
    public func callAsFunction(_ features: [Tensor], _ experts: [Tensor]) throws(Failure) -> Tensor {
        var gates: [Tensor] = []
        var sum: Tensor?
        for index in hidden.indices {
            let running = try sum.map { (sum) throws(Failure) in try sum.add(experts[index]) } ?? experts[index]
            sum = running
            gates.append(try gate(index, features[index], sum: running))
        }
        return try Tensor.cat(gates, 1)
    }

    /// N×1 logits of the gate after one expert; see the whole.
    ///
    /// - Parameters:
    ///   - feature: The expert's, N×D.
    ///   - sum: Logits of all experts up to this one, added, N×K.
    func gate(_ index: Int, _ feature: Tensor, sum: Tensor) throws(Failure) -> Tensor {
        let seen = try hidden[index](feature.detach().normalize(1)).relu()
        let best = try sum.detach().div(Double(index + 1)).topk(top)
        return try shared(Tensor.cat([seen, best.to(like: seen)], 1))
    }
}
