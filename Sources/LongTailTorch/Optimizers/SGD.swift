import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// Stochastic gradient descent with momentum, coupled weight decay and Nesterov (torch.optim.SGD, fused).
///
/// g ← g + λ w;  v ← μ v + g (v ← g at the first step);  w ← w − η (g + μ v if Nesterov, else v).
public final class SGD {
    /// Parameters that share a learning rate, as a multiple of the schedule's.
    public struct Group {
        /// The parameters' dotted names and tensors.
        public let parameters: [(name: String, parameter: Parameter)]
        /// Multiple of the schedule's rate.
        public let factor: Double

        /// Makes a group.
        public init(_ parameters: [(name: String, parameter: Parameter)], factor: Double = 1) {
            self.parameters = parameters
            self.factor = factor
        }
    }

    private let groups: [Group]
    private let momentum: Double
    private let weightDecay: Double
    private let nesterov: Bool
    private var buffers: [[Tensor]] = []

    /// Makes an optimiser over groups; the parameters that do not require gradients must not be among them.
    public init(_ groups: [Group], momentum: Double = 0.9, weightDecay: Double = 0, nesterov: Bool = false) {
        self.groups = groups.filter { !$0.parameters.isEmpty }
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.nesterov = nesterov
    }

    /// One step at a learning rate; gradients are forgotten afterwards.
    ///
    /// - Throws: Also when a parameter has no gradient.
    public func step(rate: Double) throws(LongTailError) {
        var gradients: [Tensor?] = []
        for (_, parameter) in parameters { gradients.append(try parameter.tensor.grad()) }
        try step(rate: rate, gradients)
        for (_, parameter) in parameters { try parameter.tensor.clearGrad() }
    }

    /// One step with gradients from elsewhere.
    ///
    /// - Parameters:
    ///   - rate: The learning rate.
    ///   - all: Of each of `parameters`, laid out in memory as it.
    /// - Throws: Also when a parameter has no gradient.
    public func step(rate: Double, _ all: [Tensor?]) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            let isFirst = buffers.isEmpty
            var start = 0
            for (index, group) in groups.enumerated() {
                var gradients: [Tensor] = []
                for (place, entry) in group.parameters.enumerated() {
                    guard all.indices.contains(start + place), let gradient = all[start + place] else {
                        throw LongTailError(
                            .engine, "the parameter \(entry.name) has no gradient: the loss does not depend on it")
                    }
                    gradients.append(gradient)
                }
                start += group.parameters.count
                if isFirst {
                    var made: [Tensor] = []
                    for gradient in gradients { made.append(try gradient.zerosLike()) }
                    buffers.append(made)
                }
                try callAll(
                    "aten::_fused_sgd_",
                    [
                        .tensors(group.parameters.map(\.parameter.tensor)), .tensors(gradients),
                        .tensors(momentum == 0 ? [] : buffers[index]), .double(weightDecay), .double(momentum),
                        .double(rate * group.factor), .double(0), .bool(nesterov), .bool(false), .bool(isFirst),
                    ])
            }
        }
    }

    /// What is trained, in the order of the groups.
    public var parameters: [(name: String, parameter: Parameter)] { groups.flatMap(\.parameters) }

    /// The momentum buffers under "momentum.NAME"; empty before the first step.
    public func stateDict() throws(LongTailError) -> StateDict {
        var state = StateDict()
        for (group, tensors) in zip(groups, buffers) {
            for (entry, tensor) in zip(group.parameters, tensors) {
                state["momentum.\(entry.name)"] = try tensor.host()
            }
        }
        return state
    }

    /// Takes up the momentum of a saved state; an empty one is that of a new optimiser.
    public func load(_ state: StateDict) throws(LongTailError) {
        guard !state.isEmpty else { return buffers = [] }
        var loaded: [[Tensor]] = []
        for group in groups {
            var tensors: [Tensor] = []
            for (name, parameter) in group.parameters {
                guard let host = state["momentum.\(name)"], host.shape == parameter.tensor.shape else {
                    throw LongTailError(.checkpoint, "the saved optimiser has no momentum that fits \(name)")
                }
                // As the parameter lies in memory, so that a resumed step takes the same path through the kernel.
                let buffer = try parameter.tensor.detach().zerosLike()
                tensors.append(try buffer.copy_(Tensor(host)))
            }
            loaded.append(tensors)
        }
        buffers = loaded
    }
}
