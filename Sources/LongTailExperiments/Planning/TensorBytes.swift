import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Sizes of a network's tensors while a stage trains it.
struct TensorBytes {
    /// Elements of trained and frozen parameters.
    let trained, frozen: Int
    /// Bytes of everything that a state dict holds.
    let weights: Int
    /// Elements of the same.
    let elements: Int
    /// Bytes of what the optimiser and averages keep of what is trained.
    let momentum: Int
    /// Bytes of the gradients of what is trained.
    let gradients: Int

    init(_ network: Network, _ training: TrainingRecipe) throws(LongTailError) {
        try network.setTrained(by: training.rules)
        var (trained, frozen, gradients) = (0, 0, 0)
        for (_, parameter) in try network.parameters() {
            let count = parameter.tensor.count
            if parameter.tensor.requiresGrad {
                trained += count
                gradients += count * (parameter.tensor.dtype?.size ?? 4)
            } else {
                frozen += count
            }
        }
        var (weights, elements) = (0, 0)
        for (_, tensor) in try network.namedTensors() {
            weights += tensor.count * (tensor.dtype?.size ?? 4)
            elements += tensor.count
        }
        (self.trained, self.frozen, self.gradients) = (trained, frozen, gradients)
        (self.weights, self.elements) = (weights, elements)
        let copies =
            (training.optimizer == .adamw ? 2 : training.momentum > 0 ? 1 : 0) + (training.average == .none ? 0 : 1)
            + (training.sam > 0 ? 1 : 0)
        momentum = copies * gradients
    }

    /// A step's memory, from the highest use that a probe saw.
    func memory(peak: Int?) -> Plan.Memory {
        let optimizer = gradients + momentum
        // A GPU's peak holds the weights as well; the processor's was counted from after they were there.
        let held = optimizer + (Device.current.kind == .cuda ? weights : 0)
        return Plan.Memory(weights: weights, optimizer: optimizer, activations: peak.map { max(0, $0 - held) })
    }
}
