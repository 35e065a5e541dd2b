import LongTailBasics
import LongTailSerialization

/// Parameters that share a learning rate and a weight decay, as multiples of the optimiser's.
public struct ParameterGroup {
    /// The parameters' dotted names and tensors.
    public let parameters: [(name: String, parameter: Parameter)]
    /// Multiple of the schedule's rate.
    public let factor: Double
    /// Whether weights decay.
    public let decays: Bool

    /// Makes a group.
    public init(_ parameters: [(name: String, parameter: Parameter)], factor: Double = 1, decays: Bool = true) {
        (self.parameters, self.factor, self.decays) = (parameters, factor, decays)
    }
}

/// What turns gradients into steps of the parameters.
public protocol Optimizer: AnyObject {
    /// What is trained; none of them empty.
    var groups: [ParameterGroup] { get }

    /// One step with gradients from elsewhere.
    ///
    /// - Parameters:
    ///   - rate: The learning rate.
    ///   - all: Of each of `parameters`, laid out in memory as it.
    /// - Throws: Also when a parameter has no gradient.
    func step(rate: Double, _ all: [Tensor?]) throws(LongTailError)

    /// What it remembers from step to step; empty before the first.
    func stateDict() throws(LongTailError) -> StateDict

    /// Takes up a saved state; an empty one is that of a new optimiser.
    func load(_ state: StateDict) throws(LongTailError)
}

extension Optimizer {
    /// What is trained, in the order of the groups.
    public var parameters: [(name: String, parameter: Parameter)] { groups.flatMap(\.parameters) }

    /// One step at a learning rate; gradients are forgotten afterwards.
    ///
    /// - Throws: Also when a parameter has no gradient.
    public func step(rate: Double) throws(LongTailError) { try step(rate: rate, takeGradients()) }

    /// The gradient of each parameter, which it forgets; nil where it has none.
    public func takeGradients() throws(LongTailError) -> [Tensor?] {
        var gradients: [Tensor?] = []
        for (_, parameter) in parameters {
            gradients.append(try parameter.tensor.grad())
            try parameter.tensor.clearGrad()
        }
        return gradients
    }

    /// The gradients of each group.
    func byGroup(_ all: [Tensor?]) throws(LongTailError) -> [[Tensor]] {
        var (found, start): ([[Tensor]], Int) = ([], 0)
        for group in groups {
            var gradients: [Tensor] = []
            for (place, entry) in group.parameters.enumerated() {
                guard all.indices.contains(start + place), let gradient = all[start + place] else {
                    throw LongTailError(
                        .engine, "the parameter \(entry.name) has no gradient: the loss does not depend on it")
                }
                gradients.append(gradient)
            }
            start += group.parameters.count
            found.append(gradients)
        }
        return found
    }

    /// Tensors of the parameters' shapes out of a saved state, of each group.
    ///
    /// As the parameters lie in memory, so that a resumed step takes the same path through the kernel.
    func loaded(_ word: String, _ state: StateDict) throws(LongTailError) -> [[Tensor]] {
        var loaded: [[Tensor]] = []
        for group in groups {
            var tensors: [Tensor] = []
            for (name, parameter) in group.parameters {
                guard let host = state["\(word).\(name)"], host.shape == parameter.tensor.shape else {
                    throw LongTailError(.checkpoint, "the saved optimiser has no \(word) that fits \(name)")
                }
                let buffer = try parameter.tensor.detach().zerosLike()
                tensors.append(try buffer.copy_(Tensor(host)))
            }
            loaded.append(tensors)
        }
        return loaded
    }

    /// Tensors of each group under "WORD.NAME".
    func saved(_ word: String, _ tensors: [[Tensor]]) throws(LongTailError) -> StateDict {
        var state = StateDict()
        for (group, tensors) in zip(groups, tensors) {
            for (entry, tensor) in zip(group.parameters, tensors) {
                state["\(word).\(entry.name)"] = try tensor.host()
            }
        }
        return state
    }
}

/// Scales gradients so that their Euclidean length, taken together, is at most a number (torch.nn.utils.clip_grad_norm_).
///
/// Pascanu et al. 2013.
public func clipGradients(_ gradients: [Tensor?], to length: Double) throws(LongTailError) {
    let found = gradients.compactMap(\.self)
    guard !found.isEmpty else { return }
    try withoutGradients { () throws(LongTailError) in
        let scale = try gradientLength(found).add(1e-6).pow(-1).mul(length).clamp(min: 0, max: 1)
        try callAll("aten::_foreach_mul_.Tensor", [.tensors(found), .tensor(scale)])
    }
}

/// The Euclidean length of gradients taken together, a scalar.
public func gradientLength(_ gradients: [Tensor]) throws(LongTailError) -> Tensor {
    try withoutGradients { () throws(LongTailError) in
        var lengths: [Tensor] = []
        for gradient in gradients { lengths.append(try gradient.flatten(from: 0).norm(0).reshape([1])) }
        return try Tensor.cat(lengths).norm(0)
    }
}
