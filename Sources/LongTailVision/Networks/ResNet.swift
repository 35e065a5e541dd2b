import LongTailBasics
import LongTailTorch

/// Residual network for large images, with torchvision's names and numbers: a 7×7 convolution and a max pool, then four
/// stages of basic blocks or bottlenecks.
///
/// Maps N×3×H×W to N×width pooled features.
///
/// He et al. 2015 with the stride on the bottleneck's 3×3 convolution ("v1.5"); Xie et al. 2017 with groups.
/// Convolutions are drawn Kaiming-normal over the fan-out; the last batch normalisation of a block starts at one.
public final class ResNet: Backbone {
    /// What the stages are made of.
    public struct Plan: Sendable {
        /// The kinds of residual block.
        public enum Block: Sendable {
            /// Two 3×3 convolutions.
            case basic
            /// 1×1, 3×3, 1×1 convolutions, the last of four times the width.
            case bottleneck

            /// Output channels for each channel of the stage's width.
            var expansion: Int { self == .basic ? 1 : 4 }
        }

        /// The kind of block.
        public let block: Block
        /// Blocks of each stage.
        public let layers: [Int]
        /// Groups of a bottleneck's 3×3 convolution.
        public let groups: Int
        /// Channels of each group in the first stage, doubled from stage to stage.
        public let groupWidth: Int
        /// Channels of the first convolution and width of the first stage, doubled from stage to stage.
        public let width: Int
        /// Whether the stem has three small convolutions, and shortcuts take means before they halve the size.
        ///
        /// ResNet-D (He and others 2019), under timm's names.
        public let isDeep: Bool
        /// Whether each block weighs its channels by what the whole image says of them.
        ///
        /// Squeeze-excitation (Hu and others 2018), under timm's names.
        public let squeezes: Bool

        /// A plan; only narrow networks for tests have another width than 64.
        public init(
            _ block: Block, _ layers: [Int], groups: Int = 1, groupWidth: Int = 64, width: Int = 64,
            isDeep: Bool = false, squeezes: Bool = false
        ) {
            (self.block, self.layers, self.groups, self.groupWidth) = (block, layers, groups, groupWidth)
            (self.width, self.isDeep, self.squeezes) = (width, isDeep, squeezes)
        }
    }

    private let stem: any Stem
    private let rows: [BlockRow]
    /// Number of features.
    public let width: Int
    /// PyTorch's default.
    public let classifierInitialization = Initialization.kaimingUniform

    /// A network of a plan.
    public init(_ plan: Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        stem = try plan.makeStem(&draw)
        var input = plan.width
        var layers: [BlockRow] = []
        for stage in plan.layers.indices {
            layers.append(try plan.makeStage(stage, input: input, blocks: nil, isNarrow: false, &draw))
            input = layers[stage].width
        }
        (rows, width) = (layers, input)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("", .module(stem))] + rows.enumerated().map { ("layer\($0.offset + 1)", .module($0.element)) }
    }

    public var lastBlocks: [any Module] { rows.last?.last ?? [] }
    public var layers: [[any Module]] { rows.flatMap(\.layers) }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor { try map(images).mean([2, 3]) }

    /// N×3×H×W to N×width×H/32×W/32, before the average pool.
    func map(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = try stem(images)
        for row in rows { x = try row(x) }
        return x
    }
}

extension ResNet.Plan: BranchingPlan {
    var stageCount: Int { layers.count }
    var classifierInitialization: Initialization { .kaimingUniform }

    func blocks(of stage: Int) -> Int { layers[stage] }

    func makeStem(_ draw: inout WeightInitializer) throws(LongTailError) -> any Stem {
        isDeep ? try DeepStem(width, &draw) : try LargeStem(width, &draw)
    }

    func makeStage(
        _ stage: Int, input: Int, blocks: Int?, isNarrow: Bool, _ draw: inout WeightInitializer
    ) throws(LongTailError) -> BlockRow {
        let channels = isNarrow ? (width << stage) * 3 / 4 : width << stage
        let output = channels * block.expansion
        var row: [any ResidualBlock] = []
        for index in 0..<(blocks ?? layers[stage]) {
            let isFirst = index == 0
            row.append(
                try makeBlock(
                    isFirst ? input : output, channels: channels, stride: stage > 0 && isFirst ? 2 : 1, &draw))
        }
        return BlockRow(row, width: output)
    }

    func makeLastBlock(_ draw: inout WeightInitializer) throws(LongTailError) -> any ResidualBlock {
        let channels = width << (layers.count - 1)
        return try makeBlock(channels * block.expansion, channels: channels, stride: 1, &draw)
    }

    private func makeBlock(
        _ input: Int, channels: Int, stride: Int, _ draw: inout WeightInitializer
    ) throws(LongTailError) -> any ResidualBlock {
        switch block {
        case .basic: return try BasicBlock(input, channels, stride: stride, extras: extras, &draw)
        case .bottleneck:
            // torchvision's width_per_group counts for a stage of 64 channels.
            let inner = channels * groupWidth / 64 * groups
            return try Bottleneck(
                input, inner: inner, channels * block.expansion, stride: stride, groups: groups, extras: extras, &draw)
        }
    }

    private var extras: BlockExtras { BlockExtras(averages: isDeep, squeezes: squeezes) }
}

/// Three 3×3 convolutions, the first of stride 2, and a max pool: a quarter of the resolution.
final class DeepStem: Stem {
    private let convolutions: [Conv2d]
    private let norms: [BatchNorm2d]
    let width: Int

    init(_ width: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        var (convolutions, norms): ([Conv2d], [BatchNorm2d]) = ([], [])
        for (place, (input, output)) in [(3, width / 2), (width / 2, width / 2), (width / 2, width)].enumerated() {
            convolutions.append(
                try Conv2d(
                    input, output, kernel: 3, stride: place == 0 ? 2 : 1, padding: 1,
                    initialization: .kaimingNormalFanOut, &draw))
            norms.append(try BatchNorm2d(output))
        }
        (self.convolutions, self.norms, self.width) = (convolutions, norms, width)
    }

    /// Places in a list in which every ReLU has one.
    var children: [(name: String, child: ModuleChild)] {
        [
            ("conv1.0", .module(convolutions[0])), ("conv1.1", .module(norms[0])),
            ("conv1.3", .module(convolutions[1])), ("conv1.4", .module(norms[1])),
            ("conv1.6", .module(convolutions[2])), ("bn1", .module(norms[2])),
        ]
    }

    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = images
        for (conv, norm) in zip(convolutions, norms) { x = try conv(x, normalizedBy: norm, then: .relu) }
        return try x.maxPool2d(kernel: 3, stride: 2, padding: 1)
    }
}

/// A 7×7 convolution of stride 2 and a max pool: a quarter of the resolution.
final class LargeStem: Stem {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    let width: Int

    init(_ width: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        conv1 = try Conv2d(3, width, kernel: 7, stride: 2, padding: 3, initialization: .kaimingNormalFanOut, &draw)
        bn1 = try BatchNorm2d(width)
        self.width = width
    }

    var children: [(name: String, child: ModuleChild)] { [("conv1", .module(conv1)), ("bn1", .module(bn1))] }

    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        try conv1(images, normalizedBy: bn1, then: .relu).maxPool2d(kernel: 3, stride: 2, padding: 1)
    }
}
