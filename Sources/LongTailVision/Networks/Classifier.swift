import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// The last layers: features (N×D) to logits (N×K).
///
/// A layer, and parts that methods put on it; over the features of several experts a layer for each, whose logits are
/// averaged unless a part routes images among them.
public final class Classifier: Module {
    /// Between what it stands.
    public struct Shape: Sendable, Hashable {
        /// Number of features D.
        public let features: Int
        /// Into how many equal parts the features fall, each with a layer of its own; nil for one layer over all.
        public let experts: Int?
        /// Number of classes K.
        public let classes: Int

        /// A shape; one layer over all features unless there are experts.
        public init(features: Int, experts: Int? = nil, classes: Int) {
            (self.features, self.experts, self.classes) = (features, experts, classes)
        }
    }

    /// How logits come from features.
    public private(set) var kind: Kind
    /// Between what it stands.
    public let shape: Shape
    /// What methods have put on it, in the order in which it acts.
    public private(set) var parts: [any ClassifierPart] = []
    private var layers: [any FeatureLayer]

    /// Number of classes K.
    public var classes: Int { shape.classes }
    /// Number of experts; nil for one layer over all features.
    public var expertCount: Int? { shape.experts }

    /// Fresh layers; `initialization` is that of a linear one's weights.
    ///
    /// Of a kind that a method brings it has none until its part is added.
    public init(
        _ kind: Kind, _ shape: Shape, initialization: Initialization = .kaimingNormalFanIn,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        let width = shape.features / (shape.experts ?? 1)
        var layers: [any FeatureLayer] = []
        for _ in 0..<(shape.experts ?? 1) {
            switch kind {
            case .linear:
                layers.append(try Linear(width, shape.classes, initialization: initialization, &draw))
            case .cosine: layers.append(try CosineLinear(width, shape.classes, &draw))
            case .brought: break
            }
        }
        (self.layers, self.kind, self.shape) = (layers, kind, shape)
    }

    public var children: [(name: String, child: ModuleChild)] {
        let own: [(name: String, child: ModuleChild)] =
            expertCount == nil
            ? layers.map { (Self.layerName, .module($0)) } : [(Self.expertLayersName, .modules(layers))]
        // Checkpoints have always had a scale first.
        let (first, last) = (parts.filter(\.isScale), parts.filter { !$0.isScale && !$0.isLayer })
        return first.map { ("", .module($0)) } + own + last.map { ("", .module($0)) }
    }

    /// N×D to the logits of each expert, N×K; a single one without experts.
    public func experts(_ features: Tensor) throws(LongTailError) -> [Tensor] {
        var logits: [Tensor] = []
        for (expert, own) in try byExpert(features).enumerated() { logits.append(try self.expert(expert, own)) }
        return logits
    }

    /// One expert's features, N×D/E, to its logits, N×K.
    func expert(_ expert: Int, _ features: Tensor) throws(LongTailError) -> Tensor {
        guard layers.indices.contains(expert) else {
            throw LongTailError(.engine, "a \(kind.rawValue) classifier has no layer until a method has put it there")
        }
        return try layers[expert](features)
    }

    /// N×D to N×D/E for each of E experts.
    public func byExpert(_ features: Tensor) throws(LongTailError) -> [Tensor] {
        guard layers.count > 1 else { return [features] }
        let width = shape.features / layers.count
        var parts: [Tensor] = []
        for index in layers.indices {
            parts.append(try features.slice(1, from: index * width, to: (index + 1) * width))
        }
        return parts
    }

    /// N×D to N×K.
    public func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        let experts = try experts(features)
        let logits =
            if let router { try router.logits(experts, features: byExpert(features)) } else { try experts.meanLogits() }
        return try finished(logits, features)
    }
}

extension Classifier {
    /// What decides between experts; nil when all are asked.
    var router: (any ExpertRouter)? {
        for part in parts { if case .routing(let router) = part.effect { return router } }
        return nil
    }

    /// Whether a part looks at the features of all experts.
    var looksAtFeatures: Bool {
        parts.contains { if case .logitsByFeatures = $0.effect { true } else { false } }
    }

    /// What parts make of the experts' combined logits; `features` may be nil where no part looks at them.
    func finished(_ logits: Tensor, _ features: Tensor?) throws(LongTailError) -> Tensor {
        var logits = logits
        for part in parts {
            switch (part.effect, features) {
            case (.logits(let change), _): logits = try change(logits)
            case (.logitsByFeatures(let change), let features?): logits = try change(logits, features)
            case (.logitsByFeatures, nil): throw LongTailError(.engine, "\(type(of: part).name) needs all features")
            case (.layer, _), (.routing, _): break
            }
        }
        return logits
    }

    /// The part of a type; nil without one.
    public func part<Part: ClassifierPart>(_ type: Part.Type) -> Part? { parts.lazy.compactMap { $0 as? Part }.first }

    /// Puts a part on the classifier, or takes the one that is there.
    @discardableResult
    public func add<Part: ClassifierPart>(_ type: Part.Type, _ draw: inout WeightInitializer) throws(LongTailError)
        -> Part
    {
        if let known = part(type) { return known }
        let part = try Part(shape, &draw)
        if case .layer(let layer) = part.effect {
            (layers, parts, kind) = ([layer], [], .brought(Part.name))
        }
        let rank = part.effect.rank
        parts.insert(part, at: parts.firstIndex { $0.effect.rank > rank } ?? parts.endIndex)
        return part
    }

    /// Adds those of `types` that weights of such names have: the state of a network that methods have changed.
    public func addParts(
        named names: some Collection<String>, of types: [any ClassifierPart.Type]
    ) throws(LongTailError) {
        var draw = WeightInitializer.zeros
        for type in types where type.isPresent(in: names, shape) { try add(type, &draw) }
        guard layers.isEmpty else { return }
        throw LongTailError(
            .checkpoint,
            "the classifier is of the kind \(kind.rawValue), and its weights are those of none that is known",
            remedy: "Known are \((Kind.allCases.map(\.rawValue) + types.map { $0.name }).joined(separator: ", ")).")
    }

    /// The one linear layer over all features; nil for anything else.
    public var linear: Linear? { expertCount == nil ? layers.first as? Linear : nil }

    /// Parameters by name, each with its role.
    func roles() throws(LongTailError) -> [(name: String, role: ParameterRole)] {
        var found: [ObjectIdentifier: ParameterRole] = [:]
        for part in parts {
            for (_, parameter) in try part.parameters() { found[ObjectIdentifier(parameter)] = part.role }
        }
        return try parameters().map { ($0.name, found[ObjectIdentifier($0.parameter)] ?? .classifier) }
    }

    /// The dimension along which a tensor has the classes, by its name; without those that have none.
    public var classDimensions: [String: Int] {
        var found: [String: Int] = [:]
        for (index, layer) in layers.enumerated() {
            let path = expertCount == nil ? Self.layerName : "\(Self.expertLayersName).\(index)"
            for (name, dimension) in layer.classDimensions { found["\(path).\(name)"] = dimension }
        }
        for part in parts where !part.isLayer { found.merge(part.classDimensions) { own, _ in own } }
        return found
    }
}

extension ClassifierPart {
    /// Whether it stands among the layers.
    fileprivate var isLayer: Bool { if case .layer = effect { true } else { false } }

    /// Whether it changes logits alone.
    fileprivate var isScale: Bool { if case .logits = effect { true } else { false } }

    fileprivate var role: ParameterRole {
        switch effect {
        case .layer: .classifier
        case .logits, .logitsByFeatures: .part(Self.name)
        case .routing: .router(Self.name)
        }
    }
}
