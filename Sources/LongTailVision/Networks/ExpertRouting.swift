import LongTailBasics
import LongTailTorch

/// What comes of it when experts are asked in turn.
public enum ExpertRouting {
    /// N×K mean logits of the experts that each sample asks: the first always, the next while the gate is above 0.
    ///
    /// Gradients reach the experts that were asked, and no gate: a yes or no has none.
    ///
    /// - Parameters:
    ///   - experts: E tensors of N×K logits.
    ///   - gates: N×(E − 1) logits.
    public static func logits(_ experts: [Tensor], gates: Tensor) throws(Failure) -> Tensor {
        guard let first = experts.first, gates.shape == [first.size(0), experts.count - 1] else {
            throw Failure(.engine, "gates of the shape \(gates.shape) do not fit \(experts.count) experts")
        }
        let open = try gates.detach().gt(0).to(like: first)
        var (sum, asked) = (first, try open.slice(1, from: 0, to: 0).sum([1], keep: true).add(1))
        var used = asked
        for (gate, expert) in experts.dropFirst().enumerated() {
            asked = try asked.mul(open.slice(1, from: gate, to: gate + 1))
            sum = try sum.add(expert.mul(asked))
            used = try used.add(asked)
        }
        return try sum.div(used)
    }
}

extension [Tensor] {
    /// The sum of what `body` makes of each.
    ///
    /// - Throws: For an empty list.
    public func sum(_ body: (Tensor) throws(Failure) -> Tensor) throws(Failure) -> Tensor {
        guard let first else { throw Failure(.engine, "there is no expert") }
        var total = try body(first)
        for tensor in dropFirst() { total = try total.add(body(tensor)) }
        return total
    }

    /// The mean of the experts' logits.
    public func meanLogits() throws(Failure) -> Tensor {
        let total = try sum { (tensor) throws(Failure) in tensor }
        return count == 1 ? total : try total.div(Double(count))
    }
}
