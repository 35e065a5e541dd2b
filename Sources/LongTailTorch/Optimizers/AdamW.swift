import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// Adam with decoupled weight decay (torch.optim.AdamW, fused).
///
/// w ← w − η λ w;  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  w ← w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
///
/// Loshchilov and Hutter 2019, algorithm 2.
public final class AdamW: Optimizer {
    public let groups: [ParameterGroup]
    private let betas: (Double, Double)
    private let eps: Double
    private let weightDecay: Double
    private var means: [[Tensor]] = []
    private var squares: [[Tensor]] = []
    private var steps = 0

    /// Makes an optimiser over groups; the parameters that do not require gradients must not be among them.
    public init(
        _ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
        weightDecay: Double = 0.01
    ) {
        self.groups = groups.filter { !$0.parameters.isEmpty }
        (self.betas, self.eps, self.weightDecay) = (betas, eps, weightDecay)
    }

    public func step(rate: Double, _ all: [Tensor?]) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            let gradients = try byGroup(all)
            if steps == 0 {
                (means, squares) = (try zeros(), try zeros())
            }
            steps += 1
            let count = try Tensor([Float(steps)], shape: [])
            for (index, group) in groups.enumerated() {
                try callAll(
                    "aten::_fused_adamw_",
                    [
                        .tensors(group.parameters.map(\.parameter.tensor)), .tensors(gradients[index]),
                        .tensors(means[index]), .tensors(squares[index]), .tensors([]),
                        .tensors(group.parameters.map { _ in count }), .double(rate * group.factor), .double(betas.0),
                        .double(betas.1), .double(group.decays ? weightDecay : 0), .double(eps), .bool(false),
                        .bool(false),
                    ])
            }
        }
    }

    private func zeros() throws(LongTailError) -> [[Tensor]] {
        var all: [[Tensor]] = []
        for group in groups {
            var tensors: [Tensor] = []
            for (_, parameter) in group.parameters { tensors.append(try parameter.tensor.detach().zerosLike()) }
            all.append(tensors)
        }
        return all
    }

    /// The moments under "exp_avg.NAME" and "exp_avg_sq.NAME", and how many steps were done under "step"; empty before the first.
    public func stateDict() throws(LongTailError) -> StateDict {
        guard steps > 0 else { return [:] }
        var state = try saved("exp_avg", means)
        state.merge(try saved("exp_avg_sq", squares)) { first, _ in first }
        state["step"] = HostTensor(integers: [steps], shape: [], dtype: .int64)
        return state
    }

    public func load(_ state: StateDict) throws(LongTailError) {
        guard !state.isEmpty else {
            (means, squares, steps) = ([], [], 0)
            return
        }
        guard let count = state["step"]?.doubles.first, count >= 1, count < 1e15 else {
            throw LongTailError(.checkpoint, "the saved optimiser does not say how many steps it did")
        }
        (means, squares, steps) = (try loaded("exp_avg", state), try loaded("exp_avg_sq", state), Int(count))
    }
}
