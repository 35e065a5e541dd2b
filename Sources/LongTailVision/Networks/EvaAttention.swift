import LongTailBasics
import LongTailTorch

extension VisionTransformer.Plan {
    /// What a block of EVA has beyond a plain one: keys without a bias, and what is said here.
    public struct Eva: Sendable, Equatable {
        /// How queries and keys are turned by their places; nil where they are not.
        public var rotary: RotaryPositions?
        /// Whether queries, keys and values have a matrix each.
        public var isApart = false
        /// Whether what attention gathers is normalised before its last layer.
        public var normalizesAttention = false
        /// Whether a perceptron's gate has a matrix of its own; `hidden` is of each then.
        public var splitsGate = false
        /// Whether a perceptron's gated features are normalised before its last layer.
        public var normalizesPerceptron = false
    }
}

/// Attention of tokens to each other, with biases of queries and values alone, and turns: N×L×width to the same.
final class EvaAttention: TokenMixer {
    /// Queries, keys and values: one layer, or three.
    private let parts: [Projection]
    private let biases: (queries: Parameter, values: Parameter)?
    private let norm: LayerNorm?
    private let proj: Projection
    private let heads: Int

    init(
        _ plan: VisionTransformer.Plan, _ eva: VisionTransformer.Plan.Eva, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        let width = plan.width
        if eva.isApart {
            parts = [
                try Projection(width, width, bias: plan.hasBias, &draw),
                try Projection(width, width, bias: false, &draw),
                try Projection(width, width, bias: plan.hasBias, &draw),
            ]
        } else {
            parts = [try Projection(width, 3 * width, bias: false, &draw)]
        }
        biases =
            plan.hasBias && !eva.isApart
            ? (queries: try Parameter(.zeros([width])), values: try Parameter(.zeros([width]))) : nil
        norm = eva.normalizesAttention ? try LayerNorm(width, eps: plan.eps) : nil
        proj = try Projection(width, width, &draw)
        heads = plan.heads
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = []
        if let biases { children += [("q_bias", .parameter(biases.queries)), ("v_bias", .parameter(biases.values))] }
        let names = parts.count == 1 ? ["qkv"] : ["q_proj", "k_proj", "v_proj"]
        children += zip(names, parts).map { ($0, .module($1)) }
        if let norm { children.append(("norm", .module(norm))) }
        return children + [("proj", .module(proj))]
    }

    var layers: [Projection] { parts + [proj] }

    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let given = try split(x)
        let queries = try turned(given.queries, rotation)
        let keys = try turned(given.keys, rotation)
        var mixed = try queries.attention(keys: keys, values: given.values).transpose(1, 2).reshape([
            count, length, width,
        ])
        if let norm { mixed = try norm(mixed) }
        return try proj(mixed)
    }

    private func turned(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor {
        guard let rotation else { return x }
        return try rotation(x)
    }

    /// Queries, keys and values by heads: N×L×width to N×heads×L×D.
    private func split(_ x: Tensor) throws(LongTailError) -> (queries: Tensor, keys: Tensor, values: Tensor) {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        guard parts.count == 1 else {
            let own = try parts.map { (layer) throws(LongTailError) in
                try layer(x).reshape([count, length, heads, width / heads]).transpose(1, 2)
            }
            return (own[0], own[1], own[2])
        }
        let bias = try biases.map { (biases) throws(LongTailError) in
            let (queries, values) = (biases.queries.tensor, biases.values.tensor)
            return try Tensor.cat([queries, queries.zerosLike(), values])
        }
        let joint = try parts[0](x, bias: bias).reshape([count, length, 3, heads, width / heads])
            .permute([2, 0, 3, 1, 4]).unbind(0)
        return (joint[0], joint[1], joint[2])
    }
}
