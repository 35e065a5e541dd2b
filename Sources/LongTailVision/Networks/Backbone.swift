import LongTailBasics
import LongTailTorch

/// The part of a network from pictures to features, whatever comes after it.
public protocol Backbone: Module {
    /// Number of features.
    var width: Int { get }
    /// How the weights of a linear classifier over these features are drawn.
    var classifierInitialization: Initialization { get }
    /// The last residual blocks, for a stage that trains no more of the body; none by default.
    var lastBlocks: [any Module] { get }

    /// Its layers behind the first, from the input on, for rates that fall from layer to layer; by default the body is one.
    var layers: [[any Module]] { get }

    /// Pictures (N×3×H×W) to features (N×width).
    func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor
}

/// A backbone whose blocks can be run once more on the way back: none of them has statistics that move.
protocol RecomputableBackbone: Backbone {
    /// What runs them.
    var recompute: Recompute { get }
}

extension Backbone {
    public var lastBlocks: [any Module] { [] }
    public var layers: [[any Module]] { [] }
}
