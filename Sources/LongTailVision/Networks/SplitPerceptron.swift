import LongTailBasics
import LongTailTorch

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

    var layers: [Projection] { [gate, gated, fc2] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var inner = try activation(gate(x)).mul(gated(x))
        if let norm { inner = try norm(inner) }
        return try fc2(inner)
    }
}
