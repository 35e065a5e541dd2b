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

/// Attention with turned queries and keys and a perceptron, each added to what it read, under timm's names: N×L×width to the same.
///
/// Fang et al. 2023, EVA and EVA-02; Siméoni et al. 2025, DINOv3.
final class EvaBlock: TokenBlock {
    let dropPath = DropPath()
    private let norm1: LayerNorm
    private let attention: EvaAttention
    private let scale1: LayerScale?
    private let norm2: LayerNorm
    private let perceptron: any PointwiseMap
    private let scale2: LayerScale?
    let width: Int
    var beside: AdaptMLP?

    init(
        _ plan: VisionTransformer.Plan, _ eva: VisionTransformer.Plan.Eva, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        norm1 = try LayerNorm(plan.width, eps: plan.eps)
        attention = try EvaAttention(plan, eva, &draw)
        scale1 = plan.hasLayerScale ? try LayerScale(plan.width, named: "gamma_1") : nil
        norm2 = try LayerNorm(plan.width, eps: plan.eps)
        perceptron =
            eva.splitsGate
            ? try SplitPerceptron(
                plan.width, plan.hidden, plan.activation, normalizedBy: eva.normalizesPerceptron ? plan.eps : nil, &draw
            )
            : try Perceptron(plan.width, plan.hidden, plan.activation, isGated: plan.isGated, &draw)
        scale2 = plan.hasLayerScale ? try LayerScale(plan.width, named: "gamma_2") : nil
        width = plan.width
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = [scale1, scale2].compactMap(\.self).map {
            ("", .module($0))
        }
        children += [
            ("norm1", .module(norm1)), ("attn", .module(attention)), ("norm2", .module(norm2)),
            ("mlp", .module(perceptron)),
        ]
        if let beside { children.append((AdaptMLP.name, .module(beside))) }
        return children
    }

    var attentionLayers: [Projection] { attention.layers + [attention.proj] }
    var perceptronLayers: [Projection] { perceptron.layers }

    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor {
        var change = try attention(norm1(x), rotation)
        if let scale1 { change = try scale1(change) }
        let between = try x.add(dropPath(change))
        change = try perceptron(norm2(between))
        if let scale2 { change = try scale2(change) }
        if let beside { change = try change.add(beside(between)) }
        return try between.add(dropPath(change))
    }
}

/// Attention of tokens to each other, with biases of queries and values alone, and turns: N×L×width to the same.
final class EvaAttention: Module {
    /// Queries, keys and values: one layer, or three.
    let layers: [Projection]
    private let biases: (queries: Parameter, values: Parameter)?
    private let norm: LayerNorm?
    let proj: Projection
    private let heads: Int

    init(
        _ plan: VisionTransformer.Plan, _ eva: VisionTransformer.Plan.Eva, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        let width = plan.width
        if eva.isApart {
            layers = [
                try Projection(width, width, bias: plan.hasBias, &draw),
                try Projection(width, width, bias: false, &draw),
                try Projection(width, width, bias: plan.hasBias, &draw),
            ]
        } else {
            layers = [try Projection(width, 3 * width, bias: false, &draw)]
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
        let names = layers.count == 1 ? ["qkv"] : ["q_proj", "k_proj", "v_proj"]
        children += zip(names, layers).map { ($0, .module($1)) }
        if let norm { children.append(("norm", .module(norm))) }
        return children + [("proj", .module(proj))]
    }

    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let parts = try parts(x)
        let queries = try turned(parts.queries, rotation)
        let keys = try turned(parts.keys, rotation)
        var mixed = try queries.attention(keys: keys, values: parts.values).transpose(1, 2).reshape([
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
    private func parts(_ x: Tensor) throws(LongTailError) -> (queries: Tensor, keys: Tensor, values: Tensor) {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        guard layers.count == 1 else {
            let parts = try layers.map { (layer) throws(LongTailError) in
                try layer(x).reshape([count, length, heads, width / heads]).transpose(1, 2)
            }
            return (parts[0], parts[1], parts[2])
        }
        let bias = try biases.map { (biases) throws(LongTailError) in
            let (queries, values) = (biases.queries.tensor, biases.values.tensor)
            return try Tensor.cat([queries, queries.zerosLike(), values])
        }
        let joint = try layers[0](x, bias: bias).reshape([count, length, 3, heads, width / heads])
            .permute([2, 0, 3, 1, 4]).unbind(0)
        return (joint[0], joint[1], joint[2])
    }
}
