import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// Stochastic gradient descent with momentum, coupled weight decay and Nesterov (torch.optim.SGD, fused).
///
/// g ← g + λ w;  v ← μ v + g (v ← g at the first step);  w ← w − η (g + μ v if Nesterov, else v).
public final class SGD: Optimizer {
    public let groups: [ParameterGroup]
    private let momentum: Double
    private let weightDecay: Double
    private let nesterov: Bool
    private var buffers: [[Tensor]] = []

    /// Makes an optimiser over groups; the parameters that do not require gradients must not be among them.
    public init(_ groups: [ParameterGroup], momentum: Double = 0.9, weightDecay: Double = 0, nesterov: Bool = false) {
        self.groups = groups.filter { !$0.parameters.isEmpty }
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.nesterov = nesterov
    }

    public func step(rate: Double, _ all: [Tensor?]) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            let isFirst = buffers.isEmpty
            for (index, gradients) in try byGroup(all).enumerated() {
                let group = groups[index]
                if isFirst {
                    var made: [Tensor] = []
                    for gradient in gradients { made.append(try gradient.zerosLike()) }
                    buffers.append(made)
                }
                try callAll(
                    "aten::_fused_sgd_",
                    [
                        .tensors(group.parameters.map(\.parameter.tensor)), .tensors(gradients),
                        .tensors(momentum == 0 ? [] : buffers[index]), .double(group.decays ? weightDecay : 0),
                        .double(momentum), .double(rate * group.factor), .double(0), .bool(nesterov), .bool(false),
                        .bool(isFirst),
                    ])
            }
        }
    }

    /// The momentum buffers under "momentum.NAME"; empty before the first step.
    public func stateDict() throws(LongTailError) -> StateDict { try saved("momentum", buffers) }

    public func load(_ state: StateDict) throws(LongTailError) {
        buffers = state.isEmpty ? [] : try loaded("momentum", state)
    }
}
