import LongTailBasics
import LongTailTorch

/// A function of each token or pixel by itself.
protocol PointwiseMap: Module {
    /// …×width to the same.
    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor
    /// Its layers.
    var layers: [Projection] { get }
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

    var layers: [Projection] { [fc1, fc2] }

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
