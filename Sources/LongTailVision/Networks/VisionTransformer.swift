import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Vision transformer, with timm's names and numbers: patches and tokens through blocks of attention and perceptrons, all of one
/// width, which are plain ones or EVA's.
///
/// Maps N×3×H×W to N×width features: the class token, the patches' mean, both, or what one more attention gathers. Pictures of another
/// size than the position embedding's resize it, bicubic and antialiased, as timm does, or as the plan says; rotary positions are reckoned for the grid.
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
            /// The class token and the patches' mean, one after the other: twice as many features (transformers' DINOv2).
            case tokenAndMean
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
        /// Whether positions are resized with antialiasing.
        public var smoothsPositions = true
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
        /// token for a mean or for both.
        func canPool(_ other: Pooling) -> Bool {
            switch other {
            case .normalizedMean: pooling == .token && hasPositions
            case .token: hasClassToken && [.mean, .normalizedMean, .tokenAndMean].contains(pooling)
            case .mean, .tokenAndMean, .attention: false
            }
        }
    }

    private let plan: Plan
    private let classToken: Parameter?
    private let registers: Parameter?
    private let positions: Parameter?
    private let embedding: Conv2d
    private let first: LayerNorm?
    private let blocks: [TransformerBlock]
    private let last: LayerNorm?
    private let pool: AttentionPool?
    private let pooled: LayerNorm?
    let recompute = Recompute()
    /// Number of features.
    public var width: Int { plan.pooling == .tokenAndMean ? 2 * plan.width : plan.width }
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
        var blocks: [TransformerBlock] = []
        for _ in 0..<plan.depth {
            blocks.append(try TransformerBlock(plan, &draw))
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
        case .tokenAndMean:
            let mean = try x.slice(1, from: plan.prefix, to: Int.max).mean([1])
            return try Tensor.cat([x.select(1, 0), mean], 1)
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
        let resized = try own.to(.float32).permute([0, 3, 1, 2]).resizedBicubic(
            rows, columns, antialias: plan.smoothsPositions
        )
        .permute([0, 2, 3, 1]).reshape([1, rows * columns, plan.width]).to(like: positions)
        return beside == 0
            ? resized : try Tensor.cat([positions.slice(1, from: 0, to: beside), resized], 1)
    }
}
