import LongTailBasics
import LongTailTorch

/// A fully connected layer inside a network, whose bias may be missing and starts at zero: …×I to …×O.
///
/// A pointwise one has the weights of a 1×1 convolution (O×I×1×1).
final class Projection: Module {
    private let weight: Parameter
    private let bias: Parameter?

    init(
        _ input: Int, _ output: Int, bias: Bool = true, isPointwise: Bool = false, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        weight = try Parameter(draw.weight([output, input] + (isPointwise ? [1, 1] : []), .normal(0.02)))
        self.bias = bias ? try Parameter(.zeros([output])) : nil
    }

    var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight))] + (bias.map { [("bias", .parameter($0))] } ?? [])
    }

    /// - Parameter other: A bias of another's, for a layer that has none.
    func callAsFunction(_ x: Tensor, bias other: Tensor? = nil) throws(LongTailError) -> Tensor {
        try x.linear(weight.tensor.rank > 2 ? weight.tensor.flatten() : weight.tensor, bias: bias?.tensor ?? other)
    }
}

/// A function of each token or pixel by itself.
protocol PointwiseMap: Module {
    /// …×width to the same.
    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor
}

/// Two layers with an activation between them: …×width to the same, under timm's names.
final class Perceptron: PointwiseMap {
    private let fc1: Projection
    private let grn: ResponseNorm?
    private let fc2: Projection
    private let activation: Activation
    private let isGated: Bool

    /// - Parameters:
    ///   - width: Of what comes in and goes out.
    ///   - hidden: Of what the first layer gives.
    ///   - activation: Of all of it; of its first half where it is gated.
    ///   - isGated: Whether its second half is multiplied with the first (Shazeer 2020, SwiGLU).
    ///   - isNormalized: Whether responses are normalised between the layers (ConvNeXt V2).
    ///   - isPointwise: Whether the weights are those of 1×1 convolutions.
    init(
        _ width: Int, _ hidden: Int, _ activation: Activation, isGated: Bool = false, isNormalized: Bool = false,
        isPointwise: Bool = false, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        fc1 = try Projection(width, hidden, isPointwise: isPointwise, &draw)
        grn = isNormalized ? try ResponseNorm(hidden) : nil
        fc2 = try Projection(isGated ? hidden / 2 : hidden, width, isPointwise: isPointwise, &draw)
        (self.activation, self.isGated) = (activation, isGated)
    }

    var children: [(name: String, child: ModuleChild)] {
        [("fc1", .module(fc1))] + (grn.map { [("grn", .module($0))] } ?? []) + [("fc2", .module(fc2))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var inner = try fc1(x)
        if isGated {
            let half = inner.size(-1) / 2
            let gate = try activation(inner.slice(-1, from: 0, to: half))
            inner = try gate.mul(inner.slice(-1, from: half, to: 2 * half))
        } else {
            inner = try activation(inner)
        }
        if let grn { inner = try grn(inner) }
        return try fc2(inner)
    }
}

/// SwiGLU whose gate has a layer of its own, under timm's names: …×width to the same.
///
/// Shazeer 2020; the normalisation behind the gate, Fang et al. 2023, EVA-02.
final class SplitPerceptron: PointwiseMap {
    private let gate: Projection
    private let gated: Projection
    private let norm: LayerNorm?
    private let fc2: Projection
    private let activation: Activation

    /// - Parameters:
    ///   - width: Of what comes in and goes out.
    ///   - hidden: Of the gate, and of what it gates.
    ///   - activation: Of the gate.
    ///   - eps: Of a normalisation before the last layer; nil for none.
    init(
        _ width: Int, _ hidden: Int, _ activation: Activation, normalizedBy eps: Double?,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        gate = try Projection(width, hidden, &draw)
        gated = try Projection(width, hidden, &draw)
        if let eps { norm = try LayerNorm(hidden, eps: eps) } else { norm = nil }
        fc2 = try Projection(hidden, width, &draw)
        self.activation = activation
    }

    var children: [(name: String, child: ModuleChild)] {
        [("fc1_g", .module(gate)), ("fc1_x", .module(gated))] + (norm.map { [("norm", .module($0))] } ?? [])
            + [("fc2", .module(fc2))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var inner = try activation(gate(x)).mul(gated(x))
        if let norm { inner = try norm(inner) }
        return try fc2(inner)
    }
}

/// Global response normalisation: each channel of N×H×W×C by its energy over the image, as a share of the channels' mean.
///
/// Woo et al. 2023, ConvNeXt V2, section 3.1.
final class ResponseNorm: Module {
    private let weight: Parameter
    private let bias: Parameter

    init(_ channels: Int) throws(LongTailError) {
        weight = try Parameter(.zeros([channels]))
        bias = try Parameter(.zeros([channels]))
    }

    var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight)), ("bias", .parameter(bias))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let energy = try x.norm([1, 2], keep: true)
        let share = try energy.div(energy.mean([-1], keep: true).add(1e-6))
        return try x.add(x.mul(share).mul(weight.tensor).add(bias.tensor))
    }
}
