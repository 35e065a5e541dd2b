import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Vision transformer, with timm's names and numbers: patches and tokens through blocks of attention and perceptrons, all of one
/// width, which are plain ones or EVA's.
///
/// Maps N×3×H×W to N×width features: the class token, the patches' mean, or what one more attention gathers. Pictures of another
/// size than the position embedding's resize it, bicubic and antialiased, as timm does; rotary positions are reckoned for the grid.
///
/// Dosovitskiy et al. 2021; LayerScale, Touvron et al. 2021; registers, Darcet et al. 2024; attention pooling, Zhai et al. 2022.
public final class VisionTransformer: RecomputableBackbone {
    /// What the blocks are made of.
    public struct Plan: Sendable, Equatable {
        /// How tokens become features.
        public enum Pooling: Sendable {
            /// The class token, normalised with the others.
            case token
            /// The patches' mean, after the normalisation of each.
            case mean
            /// The patches' mean, normalised once (`fc_norm`).
            case normalizedMean
            /// One more attention, whose query is learned (SigLIP).
            case attention
        }

        /// Width of every token.
        public var width: Int
        /// Blocks.
        public var depth: Int
        /// Heads of each attention.
        public var heads: Int
        /// Pixels of a patch's side.
        public var patch: Int
        /// Pixels of the side for which there are positions; where there are none, the usual one.
        public var image = 224
        /// Width between the two layers of a perceptron; of both halves where it is gated.
        public var hidden: Int
        public var activation = Activation.gelu
        /// Whether half of the perceptron's inner features are factors of the others (SwiGLU).
        public var isGated = false
        public var hasClassToken = true
        public var registers = 0
        /// Whether each place has a learned vector, which is added to its patch.
        public var hasPositions = true
        /// Whether tokens beside the patches have positions, too.
        public var placesTokens = true
        /// Whether attention's queries, keys and values have a bias.
        public var hasBias = true
        /// Whether tokens are normalised before the first block; patches have no bias then (CLIP).
        public var isNormalizedFirst = false
        /// Whether what a block adds has a factor for each feature.
        public var hasLayerScale = false
        public var pooling = Pooling.token
        /// What the blocks have where they are EVA's; nil for plain ones.
        public var eva: Eva?
        /// The normalisations' eps.
        public var eps = 1e-6

        /// A plan; four times the width between a perceptron's layers.
        public init(_ width: Int, depth: Int, heads: Int, patch: Int) {
            (self.width, self.depth, self.heads, self.patch, hidden) = (width, depth, heads, patch, 4 * width)
        }

        /// A plan with changes.
        func with(_ change: (inout Plan) -> Void) -> Plan {
            var plan = self
            change(&plan)
            return plan
        }

        /// Patches of a side.
        var grid: Int { image / patch }
        /// Tokens before the patches.
        var prefix: Int { (hasClassToken ? 1 : 0) + registers }

        /// Whether the same blocks can have other features at their end: the patches' normalised mean for the class token, or the class
        /// token for a mean.
        func canPool(_ other: Pooling) -> Bool {
            switch other {
            case .normalizedMean: pooling == .token
            case .token: hasClassToken && (pooling == .mean || pooling == .normalizedMean)
            case .mean, .attention: false
            }
        }
    }

    private let plan: Plan
    private let classToken: Parameter?
    private let registers: Parameter?
    private let positions: Parameter?
    private let embedding: Conv2d
    private let first: LayerNorm?
    private let blocks: [any TokenBlock]
    private let last: LayerNorm?
    private let pool: AttentionPool?
    private let pooled: LayerNorm?
    let recompute = Recompute()
    /// Number of features.
    public var width: Int { plan.width }
    /// Normal with deviation 0.02.
    public let classifierInitialization = Initialization.normal(0.02)

    /// A network of a plan.
    public init(_ plan: Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        self.plan = plan
        let how = Initialization.normal(0.02)
        classToken = plan.hasClassToken ? try Parameter(draw.weight([1, 1, plan.width], .normal(1e-6))) : nil
        registers =
            plan.registers > 0 ? try Parameter(draw.weight([1, plan.registers, plan.width], .normal(1e-6))) : nil
        let places = plan.grid * plan.grid + (plan.placesTokens ? plan.prefix : 0)
        positions = plan.hasPositions ? try Parameter(draw.weight([1, places, plan.width], how)) : nil
        embedding = try Conv2d(
            3, plan.width, kernel: plan.patch, stride: plan.patch, bias: !plan.isNormalizedFirst,
            initialization: .kaimingUniform, &draw)
        first = plan.isNormalizedFirst ? try LayerNorm(plan.width, eps: plan.eps) : nil
        var blocks: [any TokenBlock] = []
        for _ in 0..<plan.depth {
            if let eva = plan.eva {
                blocks.append(try EvaBlock(plan, eva, &draw))
            } else {
                blocks.append(try TransformerBlock(plan, &draw))
            }
        }
        self.blocks = blocks
        let isPooledFirst = plan.pooling == .normalizedMean
        last = isPooledFirst ? nil : try LayerNorm(plan.width, eps: plan.eps)
        pool = plan.pooling == .attention ? try AttentionPool(plan, &draw) : nil
        pooled = isPooledFirst ? try LayerNorm(plan.width, eps: plan.eps) : nil
    }

    public var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = []
        if let classToken { children.append(("cls_token", .parameter(classToken))) }
        if let registers { children.append(("reg_token", .parameter(registers))) }
        if let positions { children.append(("pos_embed", .parameter(positions))) }
        children.append(("patch_embed.proj", .module(embedding)))
        if let first { children.append(("norm_pre", .module(first))) }
        children.append(("blocks", .modules(blocks)))
        if let last { children.append(("norm", .module(last))) }
        if let pool { children.append(("attn_pool", .module(pool))) }
        if let pooled { children.append(("fc_norm", .module(pooled))) }
        return children
    }

    public var lastBlocks: [any Module] { blocks.suffix(1) }
    public var layers: [[any Module]] {
        let ends: [any Module] = [last, pool, pooled].compactMap { (module: (any Module)?) in module }
        return blocks.enumerated().map { [$0.element] + ($0.offset == blocks.count - 1 ? ends : []) }
    }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        let map = try embedding(images)
        let rotation = try plan.eva?.rotary?.rotation(
            rows: map.size(2), columns: map.size(3), width: plan.width / plan.heads, prefix: plan.prefix,
            device: map.device)
        var x = try tokens(map)
        if let first { x = try first(x) }
        x = try recompute(blocks, x) { [blocks] (place, x) throws(LongTailError) in try blocks[place](x, rotation) }
        if let last { x = try last(x) }
        switch plan.pooling {
        case .token: return try x.select(1, 0)
        case .attention:
            guard let pool else { return x }
            return try pool(x)
        case .mean, .normalizedMean:
            x = try x.slice(1, from: plan.prefix, to: Int.max).mean([1])
            guard let pooled else { return x }
            return try pooled(x)
        }
    }

    /// Patches and tokens at their places: N×width×rows×columns to N×L×width.
    private func tokens(_ map: Tensor) throws(LongTailError) -> Tensor {
        // Under autocast what the blocks add to stays in float32, as in timm.
        let places = try positions.map { (positions) throws(LongTailError) in
            try resized(positions.tensor, rows: map.size(2), columns: map.size(3))
        }
        var x = try map.flatten(from: 2).transpose(1, 2)
        if let places, !plan.placesTokens { x = try x.add(places) }
        let beside = try [classToken, registers].compactMap { $0 }.map { (token) throws(LongTailError) in
            try token.tensor.expand([map.size(0), -1, -1])
        }
        if !beside.isEmpty { x = try Tensor.cat(beside + [x], 1) }
        guard let places, plan.placesTokens else { return x }
        return try x.add(places)
    }

    /// The position embedding for a grid of patches.
    private func resized(_ positions: Tensor, rows: Int, columns: Int) throws(LongTailError) -> Tensor {
        let grid = plan.grid
        if rows == grid, columns == grid { return positions }
        let beside = plan.placesTokens ? plan.prefix : 0
        let own = try positions.slice(1, from: beside, to: Int.max).reshape([1, grid, grid, plan.width])
        // In float32, as timm does, whatever the network's type.
        let resized = try own.to(.float32).permute([0, 3, 1, 2]).resizedBicubic(rows, columns)
            .permute([0, 2, 3, 1]).reshape([1, rows * columns, plan.width]).to(like: positions)
        return beside == 0
            ? resized : try Tensor.cat([positions.slice(1, from: 0, to: beside), resized], 1)
    }
}

/// A block of a transformer.
protocol TokenBlock: StochasticBlock, AdaptableBlock {
    /// N×L×width to the same.
    func callAsFunction(_ x: Tensor, _ rotation: Rotation?) throws(LongTailError) -> Tensor
}

/// Attention and a perceptron, each added to what it read, without turns: N×L×width to the same.
final class TransformerBlock: TokenBlock {
    let dropPath = DropPath()
    private let norm1: LayerNorm
    private let attention: Attention
    private let scale1: LayerScale?
    private let norm2: LayerNorm
    private let perceptron: Perceptron
    private let scale2: LayerScale?
    let width: Int
    var beside: AdaptMLP?

    init(_ plan: VisionTransformer.Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        norm1 = try LayerNorm(plan.width, eps: plan.eps)
        attention = try Attention(plan.width, heads: plan.heads, bias: plan.hasBias, &draw)
        scale1 = plan.hasLayerScale ? try LayerScale(plan.width) : nil
        norm2 = try LayerNorm(plan.width, eps: plan.eps)
        perceptron = try Perceptron(plan.width, plan.hidden, plan.activation, isGated: plan.isGated, &draw)
        scale2 = plan.hasLayerScale ? try LayerScale(plan.width) : nil
        width = plan.width
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = [("norm1", .module(norm1)), ("attn", .module(attention))]
        if let scale1 { children.append(("ls1", .module(scale1))) }
        children += [("norm2", .module(norm2)), ("mlp", .module(perceptron))]
        if let scale2 { children.append(("ls2", .module(scale2))) }
        if let beside { children.append((AdaptMLP.name, .module(beside))) }
        return children
    }

    var attentionLayers: [Projection] { [attention.qkv, attention.proj] }
    var perceptronLayers: [Projection] { perceptron.layers }

    func callAsFunction(_ x: Tensor, _: Rotation?) throws(LongTailError) -> Tensor {
        var change = try attention(norm1(x))
        if let scale1 { change = try scale1(change) }
        let between = try x.add(dropPath(change))
        change = try perceptron(norm2(between))
        if let scale2 { change = try scale2(change) }
        if let beside { change = try change.add(beside(between)) }
        return try between.add(dropPath(change))
    }
}

/// A factor for each feature, which starts at 1e-5.
///
/// Touvron et al. 2021.
final class LayerScale: Module {
    private let gamma: Parameter
    private let name: String

    init(_ width: Int, named name: String = "gamma") throws(LongTailError) {
        gamma = try Parameter(Tensor.ones([width]).mul(1e-5))
        self.name = name
    }

    var children: [(name: String, child: ModuleChild)] { [(name, .parameter(gamma))] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor { try x.mul(gamma.tensor) }
}

/// Attention of tokens to each other: N×L×width to the same.
final class Attention: Module {
    let qkv: Projection
    let proj: Projection
    private let heads: Int

    init(_ width: Int, heads: Int, bias: Bool, _ draw: inout WeightInitializer) throws(LongTailError) {
        qkv = try Projection(width, 3 * width, bias: bias, &draw)
        proj = try Projection(width, width, &draw)
        self.heads = heads
    }

    var children: [(name: String, child: ModuleChild)] { [("qkv", .module(qkv)), ("proj", .module(proj))] }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let parts = try qkv(x).reshape([count, length, 3, heads, width / heads]).permute([2, 0, 3, 1, 4]).unbind(0)
        let mixed = try parts[0].attention(keys: parts[1], values: parts[2])
        return try proj(mixed.transpose(1, 2).reshape([count, length, width]))
    }
}

/// What one learned query gathers from all tokens, and a perceptron over it: N×L×width to N×width.
final class AttentionPool: Module {
    private let latent: Parameter
    private let q: Projection
    private let kv: Projection
    private let proj: Projection
    private let norm: LayerNorm
    private let mlp: Perceptron
    private let heads: Int

    init(_ plan: VisionTransformer.Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        latent = try Parameter(draw.weight([1, 1, plan.width], .normal(1 / Double(plan.width).squareRoot())))
        q = try Projection(plan.width, plan.width, &draw)
        kv = try Projection(plan.width, 2 * plan.width, &draw)
        proj = try Projection(plan.width, plan.width, &draw)
        norm = try LayerNorm(plan.width, eps: plan.eps)
        mlp = try Perceptron(plan.width, plan.hidden, plan.activation, &draw)
        heads = plan.heads
    }

    var children: [(name: String, child: ModuleChild)] {
        [
            ("latent", .parameter(latent)), ("q", .module(q)), ("kv", .module(kv)), ("proj", .module(proj)),
            ("norm", .module(norm)), ("mlp", .module(mlp)),
        ]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        let (count, length, width) = (x.size(0), x.size(1), x.size(2))
        let query = try q(latent.tensor.to(like: x).expand([count, -1, -1]))
            .reshape([count, 1, heads, width / heads]).transpose(1, 2)
        let parts = try kv(x).reshape([count, length, 2, heads, width / heads]).permute([2, 0, 3, 1, 4])
            .unbind(0)
        let gathered = try query.attention(keys: parts[0], values: parts[1])
        let y = try proj(gathered.transpose(1, 2).reshape([count, 1, width]))
        return try y.add(mlp(norm(y))).select(1, 0)
    }
}
