import LongTailBasics
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// GPaCo: PaCo without the momentum encoder; both views go through the one encoder, and both are anchors.
///
/// Cui et al. 2023, "Generalized Parametric Contrastive Learning".
public struct GPaCo: TrainedMethod {
    public static let name = "gpaco"
    public static let summary = "PaCo with one encoder for both views"
    public static let page = MethodPage(
        "Generalized Parametric Contrastive Learning", "Cui et al.", 2023, stages: "pre-train", recipe: "gpaco",
        idea: "As PaCo, but both views are anchors with gradient, and only the queue is detached.",
        formula: "PaCo's, over 2B anchors; the centre's target may be smoothed",
        differences: [
            "The authors ship no script for CIFAR-100-LT: its values are PaCo's, with their code's blur of p 0.2 (assumed)."
        ])
    public static let takesMixup = false

    public var contrast = ContrastRecipe()
    /// Smoothing of the centre's target; 0 on long-tailed sets.
    public var smoothing = 0.0

    /// The defaults, for CIFAR-100-LT.
    public init() {}

    public static var fields: [RecipeField<GPaCo>] {
        ContrastRecipe.fields.map { $0.lifted(get: { $0.contrast }, set: { $0.contrast = $1 }) } + [
            RecipeField("smoothing", \.smoothing, in: 0...1, "smoothing of the centre's target")
        ]
    }

    /// As PaCo.
    public static func adjustDefaults(_ training: inout TrainingRecipe) { ContrastRecipe.adjustDefaults(&training) }

    /// A second view.
    public func inputs(_ main: BatchStream, of images: StageImages) throws(LongTailError) -> [BatchStream] {
        [contrast.input(main, images)]
    }

    /// Both views and the queue.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        try Session(self, context)
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let head: ProjectionHead
        private let queue: FeatureQueue
        private let loss: ParametricContrastiveLoss

        init(_ method: GPaCo, _ context: StageContext) throws(LongTailError) {
            self.context = context
            var draw = WeightInitializer(seed: context.seed, start: 1 << 20)
            head = try ProjectionHead(.deep, context.network.backbone.width, method.contrast.dimension, &draw)
            queue = try method.contrast.makeQueue(context, &draw)
            loss = try method.contrast.loss(context.counts, smoothing: method.smoothing)
        }

        var children: [(name: String, child: ModuleChild)] {
            [("encoder_q.fc", .module(head)), ("", .module(queue))]
        }

        let leavesTrace = true
        private(set) var trace: [Tensor] = []

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let batch = batches[0]
            var (centres, vectors): ([Tensor], [Tensor]) = ([], [])
            // Two passes, so that batch statistics are a view's own.
            for view in batch.views {
                let features = try context.features(view)
                centres.append(try context.network.classifier(features).to(.float32))
                vectors.append(try head(features).to(.float32).normalize(1))
            }
            let kept = try queue.contents()
            let value = try loss(
                centreLogits: Tensor.cat(centres, 0), contrast: Tensor.cat(vectors + [kept.features], 0),
                labels: Tensor.cat([batch.targets, batch.targets, kept.labels], 0))
            trace = [try vectors[vectors.count - 1].detach(), batch.targets]
            return value
        }

        func end(_ step: TrainingStep, _ traces: [[Tensor]]) throws(LongTailError) {
            for trace in traces { try queue.enqueue(trace[0], trace[1]) }
        }
    }
}
