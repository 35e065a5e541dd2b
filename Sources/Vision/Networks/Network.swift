import Basics
import Serialization
import Torch

/// An image classifier, split where every method needs it split: pictures to features, features to logits.
///
/// The state dict is flat: the backbone's names, and beside them fc.weight, fc.bias and, with a scale, learned_norm.
public final class Network: Module {
    /// Pictures (N×3×H×W) to features (N×D).
    public let backbone: any Backbone
    /// Features to logits (N×K).
    public private(set) var classifier: Classifier
    private let kind: Classifier.Kind

    /// A network with the initial weights of a seed.
    public convenience init(_ name: Name, classifier kind: Classifier.Kind, classes: Int, seed: UInt64) throws(Failure)
    {
        var draw = WeightDraw(seed: seed)
        try self.init(name, classifier: kind, classes: classes, &draw)
    }

    /// A network whose weights are loaded next (`WeightDraw.zeros`), or of which only the shapes are asked
    /// (`WeightDraw.shapes`).
    public convenience init(
        _ name: Name, classifier kind: Classifier.Kind, classes: Int, _ draw: inout WeightDraw
    ) throws(Failure) {
        try self.init(backbone: name.makeBackbone(&draw), classifier: kind, classes: classes, &draw)
    }

    /// A network around a backbone.
    public init(
        backbone: any Backbone, classifier kind: Classifier.Kind, classes: Int, _ draw: inout WeightDraw
    ) throws(Failure) {
        self.backbone = backbone
        self.kind = kind
        classifier = try Classifier(
            kind, features: backbone.width, classes: classes, initialization: backbone.classifierInitialization, &draw)
    }

    /// The saved tensors and parts.
    public var members: [(name: String, member: Member)] { [("", .module(backbone)), ("", .module(classifier))] }

    /// Puts a fresh classifier in the place of the present one (cRT); `draw` decides its weights.
    public func renewClassifier(_ draw: inout WeightDraw) throws(Failure) {
        classifier = try Classifier(
            kind, features: backbone.width, classes: classifier.classes,
            initialization: backbone.classifierInitialization, &draw)
    }

    /// N×3×H×W to N×K.
    public func callAsFunction(_ images: Tensor) throws(Failure) -> Tensor { try classifier(backbone(images)) }
}
