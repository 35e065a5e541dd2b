import Basics
import Serialization
import Torch

/// The last layer: features (N×D) to logits (N×K), with or without a learnable scale per class.
public final class Classifier: Module {
    /// How logits come from features.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// W f + b.
        case linear
        /// 30 · cos(w_k, f), without bias (methods that need normalised weights: LDAM, RIDE).
        case cosine
    }

    private let fc: any FeatureLayer
    /// Scale per class, 1×K, multiplied into the logits; nil without one.
    ///
    /// LWS in Kang et al. 2020.
    public private(set) var learnedNorm: Parameter?

    /// A fresh layer from `features` to `classes`; `initialization` is that of a linear one's weights.
    public init(
        _ kind: Kind, features: Int, classes: Int, initialization: Initialization = .kaimingNormalFanIn,
        _ draw: inout WeightDraw
    ) throws(Failure) {
        fc =
            switch kind {
            case .linear: try Linear(features, classes, initialization: initialization, &draw)
            case .cosine: try CosineLinear(features, classes, &draw)
            }
        self.classes = classes
    }

    /// Number of classes K.
    public let classes: Int

    /// The saved tensors and parts.
    public var members: [(name: String, member: Member)] {
        [("fc", .module(fc))] + (learnedNorm.map { [("learned_norm", .parameter($0))] } ?? [])
    }

    /// Adds a scale of ones per class, unless there is one.
    public func addScale() throws(Failure) {
        if learnedNorm == nil { learnedNorm = try Parameter(.ones([1, classes])) }
    }

    /// N×D to N×K.
    public func callAsFunction(_ features: Tensor) throws(Failure) -> Tensor {
        let logits = try fc(features)
        guard let learnedNorm else { return logits }
        return try logits.mul(learnedNorm.tensor)
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
