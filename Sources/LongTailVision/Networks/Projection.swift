import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// A fully connected layer inside a network, whose bias may be missing and starts at zero: …×I to …×O.
///
/// A pointwise one has the weights of a 1×1 convolution (O×I×1×1).
final class Projection: Module {
    private let weight: Parameter
    private let bias: Parameter?
    /// What is added to the weight; nil for nothing.
    private var lora: LowRank?

    init(
        _ input: Int, _ output: Int, bias: Bool = true, isPointwise: Bool = false,
        initialization: Initialization = .normal(0.02), _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        weight = try Parameter(draw.weight([output, input] + (isPointwise ? [1, 1] : []), initialization))
        self.bias = bias ? try Parameter(.zeros([output])) : nil
    }

    var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight))] + (bias.map { [("bias", .parameter($0))] } ?? [])
            + (lora.map { [("", .module($0))] } ?? [])
    }

    /// - Parameter other: A bias of another's, for a layer that has none.
    func callAsFunction(_ x: Tensor, bias other: Tensor? = nil) throws(LongTailError) -> Tensor {
        let y = try x.linear(
            weight.tensor.rank > 2 ? weight.tensor.flatten() : weight.tensor, bias: bias?.tensor ?? other)
        guard let lora else { return y }
        return try y.add(lora(x))
    }

    /// Puts a fresh LoRA on it.
    func adapt(_ adapters: Adapters, _ draw: inout WeightInitializer) throws(LongTailError) {
        lora = try LowRank(
            weight.tensor.size(1), weight.tensor.size(0), rank: adapters.rank, scale: adapters.scale, &draw)
    }

    /// Makes LoRA part of the weight.
    func fold() throws(LongTailError) {
        guard let change = try lora?.product() else { return }
        let weight = weight.tensor
        _ = try weight.copy_(weight.detach().to(.float64).add(change).to(like: weight))
        lora = nil
    }
}
