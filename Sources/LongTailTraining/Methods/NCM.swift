import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// Nearest class mean: an image goes to the class whose mean feature is nearest; nothing is trained.
///
/// Kang et al. 2020, "Decoupling Representation and Classifier for Long-Tailed Recognition".
public struct NCM: FittedMethod {
    public static let name = "ncm"
    public static let summary = "nearest class mean of the training features; nothing is trained"
    public static let page = MethodPage(
        "Decoupling Representation and Classifier for Long-Tailed Recognition", "Kang et al.", 2020,
        stages: "pre-train (ce), post-train", recipe: "ncm",
        idea:
            "The classifier is replaced by the mean feature of each class, which a small class has as well as a large one.",
        formula: "f' = (f - mean) / |f - mean|;  score_c = -|f' - m_c|^2",
        differences: [
            "The code's default variant: centred, of unit length; means are not normalised again.",
            "Scores are distances, not logits: their soft-max is nearly flat, so that ECE says little of it.",
        ])

    public static var parts: [any ClassifierPart.Type] { [NearestMeanLayer.self] }

    public init() {}

    public static var fields: [RecipeField<NCM>] { [] }

    /// A layer of means.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.classifier.add(NearestMeanLayer.self, &draw)
    }

    /// Takes the means.
    public func fit(_ network: Network, _ context: FitContext) throws(LongTailError) {
        try context.counts.requireNoEmptyClass(for: "the nearest class mean")
        let found = try NearestClassMean(classes: context.counts.classCount, dimension: network.backbone.width) {
            (take) throws(LongTailError) in
            try context.features(network) { (features, labels) throws(LongTailError) in try take(features, labels) }
        }
        try network.classifier.part(NearestMeanLayer.self)?.take(found)
    }
}

/// Minus the squared distance of a feature, centred and of unit length, to each class's mean; in the place of a
/// classifier's layer.
public final class NearestMeanLayer: ClassifierPart, FeatureLayer {
    public static let name = "nearest-mean"
    public static let prefixes = ["means", "centre"].map(Classifier.layerTensor)
    /// It is computed.
    public static let trainsAlone = false

    /// K×D.
    private let means: Buffer
    /// D.
    private let centre: Buffer

    /// Zeros.
    public init(_ shape: Classifier.Shape, _ draw: inout WeightInitializer) throws(LongTailError) {
        guard shape.experts == nil else {
            throw LongTailError(
                .usage,
                "nearest class means stand in the place of one classifier, and this network's experts have some",
                remedy: "Put ncm after a stage whose method makes no experts.")
        }
        means = Buffer(try .zeros([shape.classes, shape.features]))
        centre = Buffer(try .zeros([shape.features]))
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("means", .buffer(means)), ("centre", .buffer(centre))]
    }

    public var classDimensions: [String: Int] { ["means": 0] }
    public var effect: ClassifierEffect { .layer(self) }

    /// N×D to N×K, in float64.
    public func callAsFunction(_ features: Tensor) throws(LongTailError) -> Tensor {
        // −‖f − m‖² without −‖f‖², which is one number for all classes of an image.
        // Distances differ in their last digits, which bfloat16 has not.
        let rows = try features.to(.float64).sub(centre.tensor).normalize(1)
        let means = try self.means.tensor.to(.float64)
        return try rows.matmul(means.transpose(0, 1)).mul(2).sub(means.mul(means).sum([1]))
    }

    fileprivate func take(_ found: NearestClassMean) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            try means.tensor.copy_(found.means.to(.float32))
            if let mean = found.centre { try centre.tensor.copy_(mean.to(.float32)) }
        }
    }
}
