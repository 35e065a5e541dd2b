import Basics
import Serialization
import Torch

/// An image classifier, split where every method needs it split: pictures to features, features to logits.
///
/// The state dict is flat: the backbone's names, then fc.weight, fc.bias and, with a scale, learned_norm.
public final class Network: Module {
    /// The networks there are; raw values are their names in recipes.
    public enum Name: String, Sendable, Codable, CaseIterable {
        /// Depth 20.
        case resnet20
        /// Depth 32.
        case resnet32
        /// Depth 44.
        case resnet44
        /// Depth 56.
        case resnet56
        /// Depth 110.
        case resnet110

        /// Basic blocks a stage.
        var blocks: Int {
            switch self {
            case .resnet20: 3
            case .resnet32: 5
            case .resnet44: 7
            case .resnet56: 9
            case .resnet110: 18
            }
        }
    }

    /// Pictures (N×3×H×W) to features (N×D).
    public let backbone: ResNetCIFAR
    /// Features to logits (N×K).
    public private(set) var classifier: Classifier
    private let kind: Classifier.Kind

    /// A network with the initial weights of a seed.
    public convenience init(_ name: Name, classifier kind: Classifier.Kind, classes: Int, seed: UInt64) throws(Failure)
    {
        var draw = WeightDraw(seed: seed)
        try self.init(
            backbone: ResNetCIFAR(blocks: name.blocks, &draw), classifier: kind, classes: classes, &draw)
    }

    /// A network around a backbone.
    public init(
        backbone: ResNetCIFAR, classifier kind: Classifier.Kind, classes: Int, _ draw: inout WeightDraw
    ) throws(Failure) {
        self.backbone = backbone
        self.kind = kind
        classifier = try Classifier(kind, features: backbone.width, classes: classes, &draw)
    }

    /// The saved tensors and parts.
    public var members: [(name: String, member: Member)] { backbone.members + classifier.members }

    /// Puts a fresh classifier in the place of the present one (cRT); `draw` decides its weights.
    public func renewClassifier(_ draw: inout WeightDraw) throws(Failure) {
        classifier = try Classifier(kind, features: backbone.width, classes: classifier.classes, &draw)
    }

    /// N×3×H×W to N×K.
    public func callAsFunction(_ images: Tensor) throws(Failure) -> Tensor { try classifier(backbone(images)) }
}
