import LongTailBasics
import LongTailTorch

/// A block whose output is what its convolutions add to a shortcut: N×C×H×W to N×C'×H'×W', under torchvision's names.
protocol ResidualBlock: Module {
    /// `overwriting` says that nobody else reads `x`, so that an evaluation may put the result into its memory.
    func callAsFunction(_ x: Tensor, overwriting: Bool) throws(LongTailError) -> Tensor
}

/// What a block may have beyond torchvision's.
struct BlockExtras {
    /// Whether a shortcut takes means before it halves the size.
    var averages = false
    /// Whether channels are weighed by what the whole image says of them.
    var squeezes = false

    /// Weighs a block's channels; nil where they are not weighed.
    func squeeze(_ channels: Int, _ draw: inout WeightInitializer) throws(LongTailError) -> SqueezeExcitation? {
        guard squeezes else { return nil }
        let few = EfficientNet.Plan.divisible(Double(channels) / 16, limit: 0)
        return try SqueezeExcitation(channels, few, names: ("fc1", "fc2"), &draw)
    }
}

/// Two 3×3 convolutions, the first with the stride.
final class BasicBlock: ResidualBlock {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let conv2: Conv2d
    private let bn2: BatchNorm2d
    private let se: SqueezeExcitation?
    private let downsample: Downsample?

    init(
        _ input: Int, _ output: Int, stride: Int, extras: BlockExtras = BlockExtras(), _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        let how = Initialization.kaimingNormalFanOut
        conv1 = try Conv2d(input, output, kernel: 3, stride: stride, padding: 1, initialization: how, &draw)
        bn1 = try BatchNorm2d(output)
        conv2 = try Conv2d(output, output, kernel: 3, padding: 1, initialization: how, &draw)
        bn2 = try BatchNorm2d(output)
        se = try extras.squeeze(output, &draw)
        downsample = try Downsample(input, output, stride: stride, averages: extras.averages, &draw)
    }

    var children: [(name: String, child: ModuleChild)] {
        [("conv1", .module(conv1)), ("bn1", .module(bn1)), ("conv2", .module(conv2)), ("bn2", .module(bn2))]
            + (se.map { [("se", .module($0))] } ?? []) + Downsample.children(downsample)
    }

    func callAsFunction(_ x: Tensor, overwriting: Bool) throws(LongTailError) -> Tensor {
        if let se {
            return try se(conv2(conv1(x, normalizedBy: bn1, then: .relu), normalizedBy: bn2)).add_(downsample?(x) ?? x)
                .relu_()
        }
        return try conv2(
            conv1(x, normalizedBy: bn1, then: .relu), normalizedBy: bn2, adding: downsample?(x) ?? x,
            overwriting: overwriting || downsample != nil, then: .relu)
    }
}

/// 1×1, 3×3 and 1×1 convolutions; the 3×3 one has the stride and the groups.
final class Bottleneck: ResidualBlock {
    private let conv1: Conv2d
    private let bn1: BatchNorm2d
    private let conv2: Conv2d
    private let bn2: BatchNorm2d
    private let conv3: Conv2d
    private let bn3: BatchNorm2d
    private let se: SqueezeExcitation?
    private let downsample: Downsample?

    /// From `input` channels over `inner` ones to `output`.
    init(
        _ input: Int, inner: Int, _ output: Int, stride: Int = 1, groups: Int = 1,
        initialization how: Initialization = .kaimingNormalFanOut, extras: BlockExtras = BlockExtras(),
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        conv1 = try Conv2d(input, inner, kernel: 1, initialization: how, &draw)
        bn1 = try BatchNorm2d(inner)
        conv2 = try Conv2d(
            inner, inner, kernel: 3, stride: stride, padding: 1, groups: groups, initialization: how, &draw)
        bn2 = try BatchNorm2d(inner)
        conv3 = try Conv2d(inner, output, kernel: 1, initialization: how, &draw)
        bn3 = try BatchNorm2d(output)
        se = try extras.squeeze(output, &draw)
        downsample = try Downsample(input, output, stride: stride, averages: extras.averages, &draw)
    }

    var children: [(name: String, child: ModuleChild)] {
        [
            ("conv1", .module(conv1)), ("bn1", .module(bn1)), ("conv2", .module(conv2)), ("bn2", .module(bn2)),
            ("conv3", .module(conv3)), ("bn3", .module(bn3)),
        ] + (se.map { [("se", .module($0))] } ?? []) + Downsample.children(downsample)
    }

    func callAsFunction(_ x: Tensor, overwriting: Bool) throws(LongTailError) -> Tensor {
        let inner = try conv2(conv1(x, normalizedBy: bn1, then: .relu), normalizedBy: bn2, then: .relu)
        if let se { return try se(conv3(inner, normalizedBy: bn3)).add_(downsample?(x) ?? x).relu_() }
        return try conv3(
            inner, normalizedBy: bn3, adding: downsample?(x) ?? x, overwriting: overwriting || downsample != nil,
            then: .relu)
    }
}

/// The shortcut where size or width change: a 1×1 convolution with the stride, or of 2×2 means, and a batch normalisation.
struct Downsample {
    private let conv: Conv2d
    private let bn: BatchNorm2d
    private let averages: Bool
    private let stride: Int

    /// Nil where the input can be added as it is.
    init?(
        _ input: Int, _ output: Int, stride: Int, averages: Bool, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        guard stride > 1 || input != output else { return nil }
        (self.averages, self.stride) = (averages, stride)
        conv = try Conv2d(
            input, output, kernel: 1, stride: averages ? 1 : stride, initialization: .kaimingNormalFanOut, &draw)
        bn = try BatchNorm2d(output)
    }

    /// `downsample.0` and `downsample.1`, as the list that torchvision makes of them; where the first place is the means', the next.
    static func children(_ downsample: Downsample?) -> [(name: String, child: ModuleChild)] {
        guard let downsample else { return [] }
        let first = downsample.averages ? 1 : 0
        return [
            ("downsample.\(first)", .module(downsample.conv)), ("downsample.\(first + 1)", .module(downsample.bn)),
        ]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try conv(averages && stride > 1 ? x.avgPool2d(kernel: 2, stride: stride) : x, normalizedBy: bn)
    }
}
