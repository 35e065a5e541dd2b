import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// An image classifier, split where every method needs it split: pictures to features, features to logits.
///
/// The state dict is flat: the backbone's names, and beside them the classifier's.
public final class Network: Module {
    private var begun: Design?
    /// What it is made of; nil around a backbone of no name, in tests.
    public var design: Design? {
        var design = begun
        design?.classifier = classifier.kind
        return design
    }
    /// Pictures (N×3×H×W) to features (N×D).
    public let backbone: any Backbone
    /// Features to logits (N×K).
    public private(set) var classifier: Classifier
    /// Says what stands on its blocks.
    func setAdapters(_ adapters: Adapters?) { begun?.adapters = adapters }

    /// What runs blocks once more on the way back; nil where all is kept.
    var recompute: Recompute?
    /// Blocks that a training leaves out for some images.
    var droppable: [any StochasticBlock] = []

    /// A network with the initial weights of a seed.
    public convenience init(_ design: Design, classes: Int, seed: UInt64) throws(LongTailError) {
        var draw = WeightInitializer(seed: seed)
        try self.init(design, classes: classes, &draw)
    }

    /// A network of a single branch with the initial weights of a seed.
    public convenience init(_ name: Architecture, classifier kind: Classifier.Kind, classes: Int, seed: UInt64)
        throws(LongTailError)
    {
        try self.init(Design(name, kind), classes: classes, seed: seed)
    }

    /// A network of a single branch; see the next.
    public convenience init(
        _ name: Architecture, classifier kind: Classifier.Kind, classes: Int, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        try self.init(Design(name, kind), classes: classes, &draw)
    }

    /// A network whose weights are loaded next (`WeightInitializer.zeros`), or of which only the shapes are asked
    /// (`WeightInitializer.shapes`).
    public convenience init(_ design: Design, classes: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        try self.init(
            backbone: design.makeBackbone(&draw), classifier: design.classifier, experts: design.branches.experts,
            classes: classes, &draw)
        begun = design
    }

    /// A network around a backbone, whose features are those of `experts` experts side by side if it says so.
    public init(
        backbone: any Backbone, classifier kind: Classifier.Kind, experts: Int? = nil, classes: Int,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        self.backbone = backbone
        classifier = try Classifier(
            kind, .init(features: backbone.width, experts: experts, classes: classes),
            initialization: backbone.classifierInitialization, &draw)
    }

    public var children: [(name: String, child: ModuleChild)] { [("", .module(backbone)), ("", .module(classifier))] }

    /// Puts a fresh classifier in the place of the present one (cRT), of another kind if asked; `draw` decides its
    /// weights.
    public func renewClassifier(_ kind: Classifier.Kind? = nil, _ draw: inout WeightInitializer) throws(LongTailError) {
        classifier = try Classifier(
            kind ?? classifier.kind.drawn, classifier.shape, initialization: backbone.classifierInitialization, &draw)
    }

    /// Takes other branches and another kind of classifier, all drawn anew, unless it has them.
    ///
    /// - Throws: When the network is not one that can be divided.
    public static func rebuild(
        _ network: inout Network, _ branches: Branches, classifier: Classifier.Kind? = nil,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        guard let design = network.design else {
            throw LongTailError(.engine, "a network without a name cannot be divided into branches")
        }
        var wanted = Design(design.name, classifier ?? design.classifier, branches)
        wanted.adapters = design.adapters
        if wanted != design { network = try Network(wanted, classes: network.classifier.classes, &draw) }
    }

    /// Another network with the same weights.
    public func copy() throws(LongTailError) -> Network {
        guard let design else { throw LongTailError(.engine, "a network without a name cannot be copied") }
        var draw = WeightInitializer.zeros
        let copy = try Network(design, classes: classifier.classes, &draw)
        for part in classifier.parts {
            let kind: any ClassifierPart.Type = type(of: part)
            try copy.classifier.add(kind, &draw)
        }
        try copy.load(stateDict())
        return copy
    }

    /// N×3×H×W to N×K.
    public func callAsFunction(_ images: Tensor) throws(LongTailError) -> Tensor { try classifier(backbone(images)) }
}
