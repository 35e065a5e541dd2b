import LongTailBasics
import LongTailTorch

/// EfficientNet, EfficientNet-Lite, EfficientNetV2 and MobileNetV3, with timm's names and numbers: stages of inverted bottlenecks.
///
/// Maps N×3×H×W to N×width features.
///
/// Tan and Le 2019, 2021; Howard et al. 2019.
public final class EfficientNet: Backbone {
    /// What the stages are made of.
    public struct Plan: Sendable, Equatable {
        /// A kind of block, and how often it stands there.
        struct Row {
            let block: MBConv.Plan
            let count: Int

            init(
                _ kind: MBConv.Plan.Kind, _ kernel: Int, _ stride: Int, _ expansion: Double, _ output: Int,
                _ count: Int = 1, se squeeze: Double? = nil, by activation: Activation? = nil, skips: Bool = true
            ) {
                block = MBConv.Plan(
                    kind: kind, kernel: kernel, stride: stride, expansion: expansion, output: output, squeeze: squeeze,
                    activation: activation, skips: skips)
                self.count = count
            }
        }

        typealias Stage = [Row]

        var stem = 32
        var stages: [[MBConv.Plan]]
        /// Channels after the last convolution.
        var features = 1280
        var activation = Activation.silu
        /// That between the two layers of a squeeze, where it is another.
        var squeezeActivation: Activation?
        /// Whether squeezed channels are a share of the inner ones, divisible by 8, and their gate is of straight lines (MobileNetV3).
        var gatesHard = false
        /// Whether the last convolution comes after the mean, with a bias and without normalisation (MobileNetV3).
        var poolsFirst = false
        /// TensorFlow's padding.
        var padsSame = false
        /// Batch normalisation's eps.
        var eps = 1e-5
        /// The share of a batch's statistics in batch normalisation's running ones.
        var momentum = 0.1

        /// - Parameters:
        ///   - stages: Each with its rows.
        ///   - width: What channels are multiplied with.
        ///   - depth: What the numbers of blocks are multiplied with, rounded up for a stage.
        ///   - limit: How little of its channels a stage may keep when they are rounded.
        ///   - keepsStem: Whether the stem keeps its width.
        ///   - keepsFeatures: Whether the features keep their number.
        ///   - keepsEnds: Whether first and last stage keep their depth.
        init(
            _ stages: [Stage], width: Double = 1, depth: Double = 1, stem: Int = 32, features: Int = 1280,
            limit: Double = 0.9, keepsStem: Bool = false, keepsFeatures: Bool = false, keepsEnds: Bool = false
        ) {
            func scaled(_ channels: Int) -> Int { Self.divisible(Double(channels) * width, limit: limit) }
            self.stem = keepsStem ? stem : scaled(stem)
            self.features = keepsFeatures ? features : scaled(features)
            self.stages = stages.enumerated().map { place, rows in
                let isEnd = place == 0 || place == stages.count - 1
                let counts = Self.scaled(rows.map(\.count), by: keepsEnds && isEnd ? 1 : depth)
                return zip(rows, counts).flatMap { row, count in
                    (0..<count).map { _ in
                        var block = row.block
                        block.output = scaled(block.output)
                        return block
                    }
                }
            }
        }

        /// A plan with changes.
        func with(_ change: (inout Plan) -> Void) -> Plan {
            var plan = self
            change(&plan)
            return plan
        }

        /// The nearest multiple of 8, but not less than a share of it.
        static func divisible(_ value: Double, limit: Double = 0.9) -> Int {
            let rounded = max(8, Int(value + 4) / 8 * 8)
            return Double(rounded) < limit * value ? rounded + 8 : rounded
        }

        /// The numbers of blocks of a stage's rows, multiplied together and shared out from the last row on.
        private static func scaled(_ counts: [Int], by factor: Double) -> [Int] {
            var rest = counts.reduce(0, +)
            var wanted = Int((Double(rest) * factor).rounded(.up))
            var found: [Int] = []
            for count in counts.reversed() {
                let own = max(1, Int((Double(count) / Double(rest) * Double(wanted)).rounded(.toNearestOrEven)))
                found.append(own)
                (rest, wanted) = (rest - count, wanted - own)
            }
            return found.reversed()
        }

        /// Batch normalisation of so many channels.
        func norm(_ channels: Int) throws(LongTailError) -> BatchNorm2d {
            try BatchNorm2d(channels, eps: eps, momentum: momentum)
        }

        /// The squeezed channels of a block.
        func squeezed(_ share: Double, from input: Int, inner: Int) -> Int {
            gatesHard
                ? Self.divisible(Double(inner) * share) : Int((Double(input) * share).rounded(.toNearestOrEven))
        }
    }

    private let plan: Plan
    private let stem: PaddedConvolution
    private let bn1: BatchNorm2d
    private let stages: [BlockList]
    private let head: Conv2d
    private let bn2: BatchNorm2d?
    /// Number of features.
    public var width: Int { plan.features }
    /// PyTorch's default.
    public let classifierInitialization = Initialization.kaimingUniform

    /// A network of a plan.
    public init(_ plan: Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        self.plan = plan
        stem = try PaddedConvolution(3, plan.stem, 3, stride: 2, same: plan.padsSame, &draw)
        bn1 = try plan.norm(plan.stem)
        var (input, stages): (Int, [BlockList]) = (plan.stem, [])
        for rows in plan.stages {
            var blocks: [MBConv] = []
            for (place, row) in rows.enumerated() {
                var row = row
                // Only the first block of a row changes the size.
                if place > 0, row == rows[place - 1] { row.stride = 1 }
                blocks.append(try MBConv(input, row, plan, &draw))
                input = row.output
            }
            stages.append(BlockList(blocks))
        }
        self.stages = stages
        head = try Conv2d(
            input, plan.features, kernel: 1, bias: plan.poolsFirst, initialization: .kaimingNormalFanOutOfGroup, &draw)
        bn2 = plan.poolsFirst ? nil : try plan.norm(plan.features)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [
            ("conv_stem", .module(stem)), ("bn1", .module(bn1)), ("blocks", .modules(stages)),
            ("conv_head", .module(head)),
        ] + (bn2.map { [("bn2", .module($0))] } ?? [])
    }

    public var lastBlocks: [any Module] { (stages.last?.blocks.suffix(1) ?? []) + [head] + (bn2.map { [$0] } ?? []) }

    public var layers: [[any Module]] {
        let blocks = stages.flatMap(\.blocks)
        let ends: [any Module] = [head] + (bn2.map { [$0 as any Module] } ?? [])
        return blocks.enumerated().map { [$0.element] + ($0.offset == blocks.count - 1 ? ends : []) }
    }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = try stem(images, normalizedBy: bn1, then: plan.activation)
        for stage in stages { for block in stage.blocks { x = try block(x) } }
        guard let bn2 else { return try plan.activation(head(x.mean([2, 3], keep: true))).flatten() }
        return try head(x, normalizedBy: bn2, then: plan.activation).mean([2, 3])
    }
}

/// Blocks under their positions.
final class BlockList: Module {
    let blocks: [MBConv]

    init(_ blocks: [MBConv]) { self.blocks = blocks }

    var children: [(name: String, child: ModuleChild)] {
        blocks.enumerated().map { ("\($0.offset)", .module($0.element)) }
    }
}
