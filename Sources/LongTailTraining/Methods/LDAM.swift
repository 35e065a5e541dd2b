import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// LDAM with deferred re-weighting: a margin that is larger for small classes, and late class weights.
///
/// Cao et al. 2019, "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss".
public struct LDAM: LossMethod {
    public static let name = "ldam"
    public static let summary = "larger margins for smaller classes, class weights in the last epochs (LDAM-DRW)"
    public static let page = MethodPage(
        "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss", "Cao et al.", 2019,
        stages: "pre-train", recipe: "ldam-drw",
        idea: """
            The true logit of a cosine classifier loses a margin before the soft-max; from the deferred epoch on classes
            are weighted by the inverse effective number.
            """,
        formula: "m_c = margin (n_min / n_c)^(1/4);  L = CE_w( s (z - m_y e_y), y ), s = 30",
        differences: [
            "The scale 30 stands in the cosine classifier, not in the loss; the margin is multiplied by it too."
        ])

    /// The largest margin.
    public var margin = 0.5
    /// β of the late weights.
    public var beta = 0.9999
    /// First epoch with weights, from 0.
    public var deferred = 160

    public init() {}

    public static var fields: [RecipeField<LDAM>] {
        [
            RecipeField("margin", \.margin, in: 0...10, "the smallest class's margin, of a cosine"),
            RecipeField("beta", \.beta, in: 0...1, "beta of the effective number in the late weights"),
            RecipeField("deferred", \.deferred, in: 0...100_000, "the first epoch with class weights, from 0"),
        ]
    }

    /// The deferred epoch moves with the stage's length.
    public func withEpochs(scaledBy factor: Double) -> Self {
        var scaled = self
        scaled.deferred = Int((Double(deferred) * factor).rounded())
        return scaled
    }

    /// A cosine classifier, fresh unless it is one.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        if network.classifier.kind != .cosine { try network.renewClassifier(.cosine, &draw) }
    }

    /// The margin loss, weighted from the deferred epoch on.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        try LDAMLoss(
            counts, margin: margin,
            weights: DeferredReweighting(counts, beta: beta, start: deferred).weights(epoch: epoch))
    }
}
