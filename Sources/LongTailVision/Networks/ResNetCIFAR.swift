import LongTailBasics
import LongTailTorch

/// Residual network for 32×32 images: depth 6n + 2 in three stages of n basic blocks with 16, 32 and 64 channels.
///
/// He et al. 2015, section 4.2, with shortcuts without parameters ("option A"). Maps N×3×H×W to N×64 pooled features. Names as in MiSLAS's networks: conv1, bn1, layer1.0.conv1 …
public final class ResNetCIFAR: Backbone {
    private let stem: CIFARStem
    private let rows: [BlockRow]
    /// Number of features.
    public let width: Int
    /// As in MiSLAS's networks.
    public let classifierInitialization = Initialization.kaimingNormalFanIn

    /// A network of `blocks` basic blocks a stage; `widths` are the channels of the three stages.
    public init(blocks: Int, widths: [Int] = [16, 32, 64], _ draw: inout WeightInitializer) throws(LongTailError) {
        let plan = CIFARPlan(blocks: blocks, widths: widths)
        stem = try CIFARStem(widths[0], &draw)
        var input = widths[0]
        var layers: [BlockRow] = []
        for stage in widths.indices {
            layers.append(try plan.makeStage(stage, input: input, blocks: nil, isNarrow: false, &draw))
            input = widths[stage]
        }
        rows = layers
        width = input
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("", .module(stem))] + rows.enumerated().map { ("layer\($0.offset + 1)", .module($0.element)) }
    }

    public var lastBlocks: [any Module] { rows.last?.last ?? [] }
    public var layers: [[any Module]] { rows.flatMap(\.layers) }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var x = try stem(x)
        for row in rows { x = try row(x) }
        return try x.mean([2, 3])
    }
}

/// The stages of a CIFAR network.
struct CIFARPlan: BranchingPlan {
    let blocks: Int
    var widths = [16, 32, 64]

    var stageCount: Int { widths.count }
    var classifierInitialization: Initialization { .kaimingNormalFanIn }

    func blocks(of stage: Int) -> Int { blocks }

    func makeStem(_ draw: inout WeightInitializer) throws(LongTailError) -> any Stem { try CIFARStem(widths[0], &draw) }

    func makeStage(
        _ stage: Int, input: Int, blocks: Int?, isNarrow: Bool, _ draw: inout WeightInitializer
    ) throws(LongTailError) -> BlockRow {
        let width = isNarrow ? widths[stage] * 3 / 4 : widths[stage]
        var row: [CIFARBlock] = []
        for block in 0..<(blocks ?? self.blocks) {
            let isFirst = block == 0
            row.append(try CIFARBlock(isFirst ? input : width, width, stride: stage > 0 && isFirst ? 2 : 1, &draw))
        }
        return BlockRow(row, width: width)
    }

    func makeLastBlock(_ draw: inout WeightInitializer) throws(LongTailError) -> any ResidualBlock {
        let width = widths[widths.count - 1]
        return try CIFARBlock(width, width, stride: 1, &draw)
    }
}

/// The first convolution, at full resolution.
final class CIFARStem: Stem {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    let width: Int

    init(_ width: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        conv1 = try Conv2d(3, width, kernel: 3, padding: 1, &draw)
        bn1 = try BatchNorm2d(width)
        self.width = width
    }

    var children: [(name: String, child: ModuleChild)] { [("conv1", .module(conv1)), ("bn1", .module(bn1))] }

    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        try conv1(images, normalizedBy: bn1, then: .relu)
    }
}

/// Residual block of two 3×3 convolutions with an option-A shortcut: input and output N×C×H×W.
final class CIFARBlock: ResidualBlock {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let conv2: Conv2d
    private let bn2: BatchNorm2d
    private let stride: Int
    /// Zero channels added on each side of the shortcut.
    private let padding: Int

    init(_ input: Int, _ output: Int, stride: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        conv1 = try Conv2d(input, output, kernel: 3, stride: stride, padding: 1, &draw)
        bn1 = try BatchNorm2d(output)
        conv2 = try Conv2d(output, output, kernel: 3, padding: 1, &draw)
        bn2 = try BatchNorm2d(output)
        self.stride = stride
        padding = (output - input) / 2
    }

    var children: [(name: String, child: ModuleChild)] {
        [("conv1", .module(conv1)), ("bn1", .module(bn1)), ("conv2", .module(conv2)), ("bn2", .module(bn2))]
    }

    func callAsFunction(_ x: Tensor, overwriting: Bool) throws(LongTailError) -> Tensor {
        let shortcut = try shortcut(x)
        return try conv2(
            conv1(x, normalizedBy: bn1, then: .relu), normalizedBy: bn2, adding: shortcut ?? x,
            overwriting: overwriting || shortcut != nil, then: .relu)
    }

    /// Nil where the input can be added as it is.
    private func shortcut(_ x: Tensor) throws(LongTailError) -> Tensor? {
        guard stride > 1 || padding > 0 else { return nil }
        let (height, width) = (x.size(2), x.size(3))
        let halved = try x.slice(2, from: 0, to: height, step: stride).slice(3, from: 0, to: width, step: stride)
        return try halved.pad([0, 0, 0, 0, padding, padding])
    }
}
