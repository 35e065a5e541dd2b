import LongTailBasics
import LongTailTorch

/// ConvNeXt V1 and V2, with timm's names and numbers: four stages of depthwise convolutions and perceptrons over channels.
///
/// Maps N×3×H×W to N×width features, the normalised mean over pixels.
///
/// Liu et al. 2022; Woo et al. 2023.
public final class ConvNeXt: RecomputableBackbone {
    /// What the stages are made of.
    public struct Plan: Sendable, Equatable {
        /// Channels of each stage.
        public var widths: [Int]
        /// Blocks of each stage.
        public var depths: [Int]
        /// Whether a perceptron's weights are those of 1×1 convolutions.
        public var hasPointwiseNames = false
        /// V2: responses are normalised, and what a block adds has no factors.
        public var isSecond = false

        /// A plan; widths double from stage to stage.
        public init(_ width: Int, _ depths: [Int], hasPointwiseNames: Bool = false, isSecond: Bool = false) {
            (widths, self.depths) = (depths.indices.map { width << $0 }, depths)
            (self.hasPointwiseNames, self.isSecond) = (hasPointwiseNames, isSecond)
        }
    }

    private static let eps = 1e-6
    private let stem: Conv2d
    private let stemNorm: LayerNorm
    private let stages: [ConvNeXtStage]
    private let norm: LayerNorm
    let recompute = Recompute()
    /// Number of features.
    public let width: Int
    /// Normal with deviation 0.02.
    public let classifierInitialization = Initialization.normal(0.02)

    /// A network of a plan.
    public init(_ plan: Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        stem = try Conv2d(3, plan.widths[0], kernel: 4, stride: 4, bias: true, initialization: .normal(0.02), &draw)
        stemNorm = try LayerNorm(plan.widths[0], eps: Self.eps)
        var (input, stages): (Int, [ConvNeXtStage]) = (plan.widths[0], [])
        for (place, width) in plan.widths.enumerated() {
            stages.append(
                try ConvNeXtStage(input, width, plan.depths[place], isFirst: place == 0, plan, Self.eps, &draw))
            input = width
        }
        norm = try LayerNorm(input, eps: Self.eps)
        (self.stages, width) = (stages, input)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("stem", .modules([stem, stemNorm])), ("stages", .modules(stages)), ("head.norm", .module(norm))]
    }

    public var lastBlocks: [any Module] { stages.last?.lastBlock ?? [] }
    public var layers: [[any Module]] {
        var layers = stages.flatMap(\.layers)
        layers[layers.count - 1].append(norm)
        return layers
    }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = try stemNorm.overChannels(stem(images))
        for stage in stages { x = try stage(x, recompute) }
        return try norm(x.mean([2, 3]))
    }
}

/// Blocks of one width, after half the resolution: N×C×H×W to N×C'×H/2×W/2.
final class ConvNeXtStage: Module {
    private let norm: LayerNorm?
    private let conv: Conv2d?
    private let blocks: [ConvNeXtBlock]

    init(
        _ input: Int, _ width: Int, _ depth: Int, isFirst: Bool, _ plan: ConvNeXt.Plan, _ eps: Double,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        norm = isFirst ? nil : try LayerNorm(input, eps: eps)
        conv =
            isFirst
            ? nil : try Conv2d(input, width, kernel: 2, stride: 2, bias: true, initialization: .normal(0.02), &draw)
        var blocks: [ConvNeXtBlock] = []
        for _ in 0..<depth { blocks.append(try ConvNeXtBlock(width, plan, eps, &draw)) }
        self.blocks = blocks
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = []
        if let norm, let conv { children.append(("downsample", .modules([norm, conv]))) }
        return children + [("blocks", .modules(blocks))]
    }

    var lastBlock: [any Module] { blocks.suffix(1) }

    /// Its blocks, the first with what halves the size.
    var layers: [[any Module]] {
        let first: [any Module] = [norm, conv].compactMap { (module: (any Module)?) in module }
        return blocks.enumerated().map { ($0.offset == 0 ? first : []) + [$0.element] }
    }

    func callAsFunction(_ x: Tensor, _ recompute: Recompute) throws(LongTailError) -> Tensor {
        var x = x
        if let norm, let conv { x = try conv(norm.overChannels(x)) }
        return try recompute(blocks, x) { [blocks] (place, x) throws(LongTailError) in try blocks[place](x) }
    }
}

/// A 7×7 convolution of each channel and a perceptron over the channels, added to what they read.
final class ConvNeXtBlock: StochasticBlock {
    let dropPath = DropPath()
    private let gamma: Parameter?
    private let conv: Conv2d
    private let norm: LayerNorm
    private let mlp: Perceptron

    init(
        _ width: Int, _ plan: ConvNeXt.Plan, _ eps: Double, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        gamma = plan.isSecond ? nil : try Parameter(Tensor.ones([width]).mul(1e-6))
        conv = try Conv2d(
            width, width, kernel: 7, padding: 3, groups: width, bias: true, initialization: .normal(0.02), &draw)
        norm = try LayerNorm(width, eps: eps)
        mlp = try Perceptron(
            width, 4 * width, .gelu, isNormalized: plan.isSecond, isPointwise: plan.hasPointwiseNames, &draw)
    }

    var children: [(name: String, child: ModuleChild)] {
        (gamma.map { [("gamma", .parameter($0))] } ?? [])
            + [("conv_dw", .module(conv)), ("norm", .module(norm)), ("mlp", .module(mlp))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        // Pixels last, as the perceptron wants them.
        var change = try mlp(norm(conv(x).permute([0, 2, 3, 1])))
        if let gamma { change = try change.mul(gamma.tensor) }
        return try x.add(dropPath(change.permute([0, 3, 1, 2])))
    }
}
