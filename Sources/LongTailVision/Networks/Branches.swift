import LongTailBasics
import LongTailTorch

/// A family of networks whose stages can be built one by one, so that some of them can stand in several copies.
///
/// Stages count from 0; stage 0 takes what the stem gives.
protocol BranchingPlan {
    /// Number of stages.
    var stageCount: Int { get }
    /// How the weights of a linear classifier are drawn.
    var classifierInitialization: Initialization { get }
    /// Pictures to the input of stage 0.
    func makeStem(_ draw: inout WeightInitializer) throws(LongTailError) -> any Stem
    /// A stage, with `blocks` blocks instead of its own number, and three quarters of its channels if narrow.
    ///
    /// - Parameter input: Channels that come in.
    func makeStage(
        _ stage: Int, input: Int, blocks: Int?, isNarrow: Bool, _ draw: inout WeightInitializer
    ) throws(LongTailError) -> BlockRow
    /// One more block after the last stage, of its width and without stride.
    func makeLastBlock(_ draw: inout WeightInitializer) throws(LongTailError) -> any ResidualBlock
    /// Blocks of a stage.
    func blocks(of stage: Int) -> Int
}

/// The first layers of a network; their children stand flat in it.
protocol Stem: Module {
    /// Channels that it gives.
    var width: Int { get }
    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor
}

/// Residual blocks one after the other, under their positions.
final class BlockRow: Module {
    private let blocks: [any ResidualBlock]
    /// Channels of the last block's output.
    let width: Int

    init(_ blocks: [any ResidualBlock], width: Int) { (self.blocks, self.width) = (blocks, width) }

    var children: [(name: String, child: ModuleChild)] {
        blocks.enumerated().map { ("\($0.offset)", .module($0.element)) }
    }

    /// The last block; none of an empty row.
    var last: [any Module] { blocks.suffix(1) }

    /// Each block by itself.
    var layers: [[any Module]] { blocks.map { [$0] } }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        var x = x
        // The first block's input may be another row's as well; what a block gives, the next one alone reads.
        for (position, block) in blocks.enumerated() { x = try block(x, overwriting: position > 0) }
        return x
    }
}

/// A trunk with several copies of its last two stages, the experts: N×3×H×W to N×(E·D) features, side by side.
///
/// RIDE (Wang et al. 2021), also SADE; names as in RIDE's code without "backbone.": layer2s.0.…, layer3s.0.… on CIFAR,
/// layer3s and layer4s on large images.
final class ExpertBackbone: Backbone {
    private let stem: any Stem
    private let trunk: [BlockRow]
    private let experts: [[BlockRow]]
    let width: Int
    let classifierInitialization: Initialization

    init(_ plan: any BranchingPlan, count: Int, isNarrow: Bool, _ draw: inout WeightInitializer) throws(LongTailError) {
        guard (1...64).contains(count) else {
            throw LongTailError(.usage, "a network can have 1 to 64 experts, not \(count)")
        }
        stem = try plan.makeStem(&draw)
        classifierInitialization = plan.classifierInitialization
        let shared = plan.stageCount - 2
        var (input, trunk, experts): (Int, [BlockRow], [[BlockRow]]) = (stem.width, [], [])
        for stage in 0..<shared {
            trunk.append(try plan.makeStage(stage, input: input, blocks: nil, isNarrow: false, &draw))
            input = trunk[stage].width
        }
        for _ in 0..<count {
            let first = try plan.makeStage(shared, input: input, blocks: nil, isNarrow: isNarrow, &draw)
            let last = try plan.makeStage(shared + 1, input: first.width, blocks: nil, isNarrow: isNarrow, &draw)
            experts.append([first, last])
        }
        (self.trunk, self.experts) = (trunk, experts)
        width = count * (experts.first?.last?.width ?? 0)
    }

    var children: [(name: String, child: ModuleChild)] {
        var children: [(name: String, child: ModuleChild)] = [("", .module(stem))]
        children += trunk.enumerated().map { ("layer\($0.offset + 1)", .module($0.element)) }
        for stage in 0..<2 {
            children.append(("layer\(trunk.count + stage + 1)s", .modules(experts.map { $0[stage] })))
        }
        return children
    }

    /// The last expert's last stage.
    var lastBlocks: [any Module] { experts.last.map { $0.suffix(1) } ?? [] }

    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        let shared = try shared(images)
        var features: [Tensor] = []
        for expert in experts.indices { features.append(try self.features(shared, of: expert)) }
        return try Tensor.cat(features, 1)
    }

    /// What all experts begin with.
    func shared(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = try stem(images)
        for stage in trunk { x = try stage(x) }
        return x
    }

    /// The trunk's output to one expert's N×D features.
    func features(_ shared: Tensor, of expert: Int) throws(LongTailError) -> Tensor {
        var x = shared
        for stage in experts[expert] { x = try stage(x) }
        return try x.mean([2, 3])
    }
}

/// A trunk whose last block stands twice: N×3×H×W to N×2D features, conventional ones first.
///
/// BBN (Zhou et al. 2020): the last stage has one block less (a ResNet-32's 4), and after it cb_block and rb_block.
public final class BilateralBackbone: Backbone {
    private let stem: any Stem
    private let trunk: [BlockRow]
    private let conventional: any ResidualBlock
    private let rebalancing: any ResidualBlock
    /// Number of features, both branches'.
    public let width: Int
    /// As in the network that is divided.
    public let classifierInitialization: Initialization

    init(_ plan: any BranchingPlan, _ draw: inout WeightInitializer) throws(LongTailError) {
        stem = try plan.makeStem(&draw)
        classifierInitialization = plan.classifierInitialization
        var (input, trunk): (Int, [BlockRow]) = (stem.width, [])
        for stage in 0..<plan.stageCount {
            let isLast = stage == plan.stageCount - 1
            trunk.append(
                try plan.makeStage(
                    stage, input: input, blocks: isLast ? plan.blocks(of: stage) - 1 : nil, isNarrow: false, &draw))
            input = trunk[stage].width
        }
        self.trunk = trunk
        conventional = try plan.makeLastBlock(&draw)
        rebalancing = try plan.makeLastBlock(&draw)
        width = 2 * input
    }

    private static let names = (conventional: "cb_block", rebalancing: "rb_block")

    /// Whether a tensor of this name belongs to the conventional branch: no other network has such names.
    public static func isBranch(_ name: String) -> Bool { name.hasPrefix("\(names.conventional).") }

    public var children: [(name: String, child: ModuleChild)] {
        [("", .module(stem))] + trunk.enumerated().map { ("layer\($0.offset + 1)", .module($0.element)) }
            + [(Self.names.conventional, .module(conventional)), (Self.names.rebalancing, .module(rebalancing))]
    }

    /// The last block of the trunk.
    public var lastBlocks: [any Module] { trunk.last?.last ?? [] }

    /// One of the two branches.
    public enum Branch: Sendable {
        /// That of natural sampling.
        case conventional
        /// That of reversed sampling.
        case rebalancing
    }

    /// N×3×H×W to N×D features of one branch.
    public func callAsFunction(_ images: Tensor, _ branch: Branch) throws(LongTailError) -> Tensor {
        try pooled(shared(images), branch)
    }

    /// N×3×H×W to N×2D: each image through both branches.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        let x = try shared(images)
        return try Tensor.cat([pooled(x, .conventional), pooled(x, .rebalancing)], 1)
    }

    private func shared(_ images: Tensor) throws(LongTailError) -> Tensor {
        var x = try stem(images)
        for stage in trunk { x = try stage(x) }
        return x
    }

    private func pooled(_ x: Tensor, _ branch: Branch) throws(LongTailError) -> Tensor {
        switch branch {
        case .conventional: try conventional(x, overwriting: false).mean([2, 3])
        case .rebalancing: try rebalancing(x, overwriting: false).mean([2, 3])
        }
    }
}
