import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// The last layers: features (N×D) to logits (N×K).
///
/// A layer, and what methods put on it: a scale per class, DisAlign's calibration; over the features of several experts
/// a layer for each, whose logits are averaged, with or without gates.
public final class Classifier: Module {
    /// How logits come from features.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// W f + b.
        case linear
        /// 30 · cos(w_k, f), without bias (methods that need normalised weights: LDAM, RIDE).
        case cosine
        /// Minus the squared distance to the class's mean feature, centred and of unit length (Kang et al. 2020).
        case nearestMean = "nearest-mean"
    }

    /// How logits come from features.
    public let kind: Kind
    /// Number of classes K.
    public let classes: Int
    /// Number of experts; nil for one layer over all features.
    public let expertCount: Int?
    private let layers: [any FeatureLayer]
    /// Scale per class, 1×K, multiplied into the logits; nil without one.
    ///
    /// LWS in Kang et al. 2020.
    public private(set) var learnedNorm: Parameter?
    /// DisAlign's calibration of the logits; nil without one.
    public private(set) var calibration: DisAlignHead?
    /// Who decides after each expert whether the next is asked; nil when all are.
    public private(set) var gates: ExpertGates?
    private let features: Int

    /// Fresh layers from `features` to `classes`; `initialization` is that of a linear one's weights.
    ///
    /// - Parameter experts: Into how many equal parts the features fall, each with a layer of its own; nil for one layer
    ///   under the name "fc".
    public init(
        _ kind: Kind, features: Int, experts: Int? = nil, classes: Int,
        initialization: Initialization = .kaimingNormalFanIn, _ draw: inout WeightDraw
    ) throws(Failure) {
        let width = features / (experts ?? 1)
        var layers: [any FeatureLayer] = []
        for _ in 0..<(experts ?? 1) {
            switch kind {
            case .linear:
                layers.append(try Linear(width, classes, initialization: initialization, &draw))
            case .cosine: layers.append(try CosineLinear(width, classes, &draw))
            case .nearestMean: layers.append(try NearestMeanLayer(width, classes))
            }
        }
        (self.layers, self.kind, self.classes, self.features) = (layers, kind, classes, features)
        expertCount = experts
    }

    public var members: [(name: String, member: Member)] {
        let layers: (name: String, member: Member) =
            expertCount == nil ? ("fc", .module(self.layers[0])) : ("linears", .modules(self.layers))
        return [layers] + (learnedNorm.map { [("learned_norm", .parameter($0))] } ?? [])
            + (calibration.map { [("", .module($0))] } ?? []) + (gates.map { [("", .module($0))] } ?? [])
    }

    /// Whether a tensor of this name belongs to a classifier, whatever has been put on it.
    public static func owns(_ name: String) -> Bool {
        name.hasPrefix("fc.") || name.hasPrefix("linears.") || isScale(name) || isCalibration(name) || isGate(name)
    }

    /// Whether a tensor of this name is the scale per class.
    public static func isScale(_ name: String) -> Bool { name == "learned_norm" }

    /// Whether a tensor of this name belongs to DisAlign's calibration.
    public static func isCalibration(_ name: String) -> Bool {
        name.hasPrefix("logit_") || name.hasPrefix("confidence_layer.")
    }

    /// Whether a tensor of this name belongs to the gates between experts.
    public static func isGate(_ name: String) -> Bool { name.hasPrefix(ExpertGates.prefix) }

    /// Adds a scale of ones per class, unless there is one.
    public func addScale() throws(Failure) {
        if learnedNorm == nil { learnedNorm = try Parameter(.ones([1, classes])) }
    }

    /// Adds DisAlign's calibration, at first without effect, unless there is one.
    public func addCalibration(_ draw: inout WeightDraw) throws(Failure) {
        if calibration == nil { calibration = try DisAlignHead(features: features, classes: classes, &draw) }
    }

    /// Adds gates between experts, unless there are some.
    ///
    /// - Throws: When there are not two experts.
    public func addGates(_ draw: inout WeightDraw) throws(Failure) {
        guard gates == nil else { return }
        guard let expertCount, expertCount > 1 else {
            throw Failure(
                .usage, "gates decide between experts, and this network has not two",
                remedy: "Train experts first: method ride or sade in a stage before.")
        }
        gates = try ExpertGates(experts: expertCount, features: features / expertCount, classes: classes, &draw)
    }

    /// Adds what weights of these names stand for: the state of a network that a method has changed.
    ///
    /// Gates of a file that has no experts are left for the comparison of names to show.
    public func addParts(named names: some Collection<String>) throws(Failure) {
        var draw = WeightDraw.zeros
        if names.contains("learned_norm") { try addScale() }
        if names.contains("logit_scale") { try addCalibration(&draw) }
        if (expertCount ?? 1) > 1, names.contains(where: Self.isGate) { try addGates(&draw) }
    }

    /// N×D to the logits of each expert, N×K; a single one without experts.
    public func experts(_ features: Tensor) throws(Failure) -> [Tensor] {
        var logits: [Tensor] = []
        for (expert, part) in try parts(of: features).enumerated() { logits.append(try self.expert(expert, part)) }
        return logits
    }

    /// One expert's features, N×D/E, to its logits, N×K.
    func expert(_ expert: Int, _ part: Tensor) throws(Failure) -> Tensor { try layers[expert](part) }

    /// N×D to N×D/E for each of E experts.
    public func parts(of features: Tensor) throws(Failure) -> [Tensor] {
        guard layers.count > 1 else { return [features] }
        let width = self.features / layers.count
        var parts: [Tensor] = []
        for index in layers.indices {
            parts.append(try features.slice(1, from: index * width, to: (index + 1) * width))
        }
        return parts
    }

    /// N×D to N×K.
    public func callAsFunction(_ features: Tensor) throws(Failure) -> Tensor {
        let experts = try experts(features)
        var logits: Tensor
        if let gates {
            logits = try ExpertRouting.logits(experts, gates: gates(parts(of: features), experts))
        } else {
            logits = try experts.meanLogits()
        }
        logits = try scaled(logits)
        return try calibration.map { (head) throws(Failure) in try head(logits, features: features) } ?? logits
    }
}

extension Classifier {
    /// Logits times the scale per class, where there is one.
    package func scaled(_ logits: Tensor) throws(Failure) -> Tensor {
        try learnedNorm.map { (scale) throws(Failure) in try logits.mul(scale.tensor) } ?? logits
    }
}

/// A layer from features to logits.
protocol FeatureLayer: Module {
    func callAsFunction(_ features: Tensor) throws(Failure) -> Tensor
}

extension Linear: FeatureLayer {}

/// Cosine of features and class vectors, times 30.
///
/// Cao et al. 2019; Wang et al. 2021.
final class CosineLinear: FeatureLayer {
    /// D×K; columns are scaled to unit length at use.
    let weight: Parameter
    private let scale = 30.0

    init(_ features: Int, _ classes: Int, _ draw: inout WeightDraw) throws(Failure) {
        weight = try Parameter(
            withoutGradients { () throws(Failure) in
                try draw.uniform([features, classes], bound: 1).normalize(0)
            })
    }

    var members: [(name: String, member: Member)] { [("weight", .parameter(weight))] }

    func callAsFunction(_ features: Tensor) throws(Failure) -> Tensor {
        try features.normalize(1).matmul(weight.tensor.normalize(0)).mul(scale)
    }
}

/// Minus the squared distance of a feature, centred and of unit length, to each class's mean.
final class NearestMeanLayer: FeatureLayer {
    /// K×D.
    private let means: Buffer
    /// D.
    private let centre: Buffer

    init(_ features: Int, _ classes: Int) throws(Failure) {
        means = Buffer(try .zeros([classes, features]))
        centre = Buffer(try .zeros([features]))
    }

    var members: [(name: String, member: Member)] { [("means", .buffer(means)), ("centre", .buffer(centre))] }

    func callAsFunction(_ features: Tensor) throws(Failure) -> Tensor {
        // −‖f − m‖² without −‖f‖², which is one number for all classes of an image.
        // Distances differ in their last digits, which bfloat16 has not.
        let rows = try features.to(.float64).sub(centre.tensor).normalize(1)
        let means = try self.means.tensor.to(.float64)
        return try rows.matmul(means.transpose(0, 1)).mul(2).sub(means.mul(means).sum([1]))
    }
}
