import LongTailBasics
import LongTailTorch

/// The layout of MiSLAS and BTM for Places-LT: a frozen body with ImageNet's weights, and one bottleneck that trains.
///
/// The body is ResNet-152 with one block less in its last stage (2048×H/32×W/32); it keeps to its running statistics
/// and runs without gradient. The bottleneck (`block.`, 2048 to 512 to 2048) is drawn as PyTorch's default does. Maps
/// N×3×H×W to N×width pooled features.
public final class ResNetPlaces: Backbone {
    /// A part that stays as it is.
    private final class Frozen: Module {
        let body: ResNet
        init(_ body: ResNet) { self.body = body }
        var children: [(name: String, child: ModuleChild)] { body.children }
        var isFrozen: Bool { true }
    }

    private let frozen: Frozen
    private let block: Bottleneck
    /// Number of features.
    public let width: Int
    /// PyTorch's default.
    public let classifierInitialization = Initialization.kaimingUniform

    /// A body of a plan, and the block that follows.
    public init(_ plan: ResNet.Plan, _ draw: inout WeightInitializer) throws(LongTailError) {
        let body = try ResNet(plan, &draw)
        width = body.width
        frozen = Frozen(body)
        block = try Bottleneck(width, inner: width / 4, width, initialization: .kaimingUniform, &draw)
        try frozen.setTraining(false)
        try frozen.setTrained { _ in false }
    }

    public var children: [(name: String, child: ModuleChild)] { [("", .module(frozen)), ("block", .module(block))] }

    public var lastBlocks: [any Module] { [block] }

    /// N×3×H×W to N×width.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor {
        let map = try withoutGradients { () throws(LongTailError) in try frozen.body.map(images) }
        return try block(map, overwriting: true).mean([2, 3])
    }
}
