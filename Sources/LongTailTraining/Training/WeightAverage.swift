import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// A running average of a network's weights and running statistics over a stage.
///
/// What PyTorch's AveragedModel with buffers keeps: counters are the last step's.
final class WeightAverage {
    /// What it is called in a saved state.
    static let prefix = "average."

    private let training: TrainingRecipe
    private let tensors: [(name: String, tensor: Tensor)]
    private var averages: [Tensor] = []
    private var count = 0

    /// - Parameters:
    ///   - training: Which average.
    ///   - modules: The network, and what trains beside it.
    init(_ training: TrainingRecipe, of modules: [(prefix: String, module: any Module)]) throws(LongTailError) {
        self.training = training
        var tensors: [(name: String, tensor: Tensor)] = []
        for (prefix, module) in modules {
            for (name, tensor) in try module.namedTensors() where tensor.dtype?.isFloatingPoint ?? false {
                tensors.append((prefix + name, tensor.requiresGrad ? try tensor.detach() : tensor))
            }
        }
        self.tensors = tensors
    }

    /// After a step.
    func stepped() throws(LongTailError) {
        if training.average == .ema { try take { _ in 1 - self.training.averageDecay } }
    }

    /// After an epoch, counted from 0.
    func finished(_ epoch: Int) throws(LongTailError) {
        guard training.average == .swa, Double(epoch + 1) > training.averageFrom * Double(training.epochs) else {
            return
        }
        try take { 1 / Double($0 + 1) }
    }

    /// Moves the averages towards the weights by a share that depends on how many there were.
    private func take(_ share: (Int) -> Double) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            if averages.isEmpty {
                for (_, tensor) in tensors { averages.append(try tensor.clone()) }
            } else {
                try Engine.call(
                    "aten::_foreach_lerp_.Scalar", .tensors(averages), .tensors(tensors.map(\.tensor)),
                    .double(share(count)))
            }
        }
        count += 1
    }

    /// Puts the averages into the network; nothing where there are none.
    func apply() throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            for ((_, tensor), average) in zip(tensors, averages) { _ = try tensor.copy_(average) }
        }
    }

    /// The averages, and of how many; empty before the first.
    func stateDict() throws(LongTailError) -> StateDict {
        guard count > 0 else { return [:] }
        var state = StateDict()
        for ((name, _), average) in zip(tensors, averages) { state[Self.prefix + name] = try average.host() }
        state[Self.prefix + "count"] = HostTensor(integers: [count], shape: [], dtype: .int64)
        return state
    }

    /// Takes up what is among a saved state.
    func load(_ state: StateDict) throws(LongTailError) {
        (averages, count) = ([], 0)
        guard let saved = state[Self.prefix + "count"]?.doubles.first, saved >= 1, saved < 1e15 else { return }
        for (name, tensor) in tensors {
            guard let host = state[Self.prefix + name], host.shape == tensor.shape else {
                throw LongTailError(.checkpoint, "the saved average has nothing that fits \(name)")
            }
            averages.append(try tensor.zerosLike().copy_(Tensor(host)))
        }
        count = Int(saved)
    }
}
