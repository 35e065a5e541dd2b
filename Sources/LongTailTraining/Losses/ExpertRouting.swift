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
    public static func logits(_ experts: [Tensor], gates: Tensor) throws(LongTailError) -> Tensor {
        guard let first = experts.first, gates.shape == [first.size(0), experts.count - 1] else {
            throw LongTailError(.engine, "gates of the shape \(gates.shape) do not fit \(experts.count) experts")
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

extension ExpertRouting {
    /// N×(E − 1) in the logits' type: 1 at gate i when the mean of the first i + 1 experts is wrong and the mean of some
    /// longer row of experts is right.
    ///
    /// - Parameters:
    ///   - experts: E ≥ 2 tensors of N×K logits.
    ///   - targets: N class indices, int64.
    public static func targets(_ experts: [Tensor], _ targets: Tensor) throws(LongTailError) -> Tensor {
        guard experts.count > 1 else { throw LongTailError(.engine, "routing needs at least two experts") }
        return try withoutGradients { () throws(LongTailError) in
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
