import LongTailBasics
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// PaCo: supervised contrast with a momentum encoder's queue, to which a learnt centre of every class is added.
///
/// Cui et al. 2021, "Parametric Contrastive Learning".
public struct PaCo: TrainedMethod {
    public static let name = "paco"
    public static let summary = "contrast with a queue of keys and with a learnt centre of every class"
    public static let page = MethodPage(
        "Parametric Contrastive Learning", "Cui et al.", 2021, stages: "pre-train", recipe: "paco",
        idea: """
            One view of an image is the anchor; the other goes through a slowly following copy of the encoder, whose last
            outputs are kept in a queue. Centres are the classifier: their logits, shifted by the prior, stand in one
            soft-max with the similarities to batch and queue.
            """,
        formula: """
            L_i = -[ log P(centre y) + alpha sum over same-class a_j of log P(a_j) ] / (1 + alpha P_i)
            P over { z_c + log pi_c } and { q_i . a_j / T, j != i }
            """,
        differences: [
            "A batch is contrasted whole; the authors' four devices contrast 32 anchors each with their own: `shards: 4` does.",
            "A queue need not be a multiple of the batch.",
        ])
    public static let takesMixup = false

    public var contrast = ContrastRecipe()
    /// How much of the key encoder stays at each step.
    public var momentum = 0.999

    /// The defaults, for CIFAR-100-LT.
    public init() {}

    public static var fields: [RecipeField<PaCo>] {
        ContrastRecipe.fields.map { $0.lifted(get: { $0.contrast }, set: { $0.contrast = $1 }) } + [
            RecipeField("key-momentum", \.momentum, in: 0...1, "how much of the key encoder stays at each step")
        ]
    }

    /// Whole batches; the stages of CIFAR.
    public static func adjustDefaults(_ training: inout TrainingRecipe) { ContrastRecipe.adjustDefaults(&training) }

    /// A second view.
    public func inputs(_ main: BatchStream, of images: StageImages) throws(LongTailError) -> [BatchStream] {
        [contrast.input(main, images)]
    }

    /// Queries, keys and the queue.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        try PaCoSession(self, context)
    }
}

private final class PaCoSession: MethodSession {
    private let method: PaCo
    private let context: StageContext
    private let head: ProjectionHead
    private let keys: any Backbone
    private let keyHead: ProjectionHead
    private let queue: FeatureQueue
    private let loss: ParametricContrastiveLoss

    init(_ method: PaCo, _ context: StageContext) throws(LongTailError) {
        (self.method, self.context) = (method, context)
        var draw = WeightInitializer(seed: context.seed, start: 1 << 20)
        let width = context.network.backbone.width
        head = try ProjectionHead(.normalized, width, method.contrast.dimension, &draw)
        keyHead = try ProjectionHead(.normalized, width, method.contrast.dimension, &draw)
        try keyHead.load(head.stateDict())
        keys = try context.network.copy().backbone
        queue = try method.contrast.makeQueue(context, &draw)
        loss = try method.contrast.loss(context.counts)
        try setKeys()
    }

    var children: [(name: String, child: ModuleChild)] {
        [
            ("encoder_q.fc", .module(head)), ("encoder_k", .module(keys)), ("encoder_k.fc", .module(keyHead)),
            ("", .module(queue)),
        ]
    }

    /// Keys follow; they are not trained.
    private func setKeys() throws(LongTailError) {
        try keys.setTrained { _ in false }
        try keyHead.setTrained { _ in false }
    }

    let leavesTrace = true
    private(set) var trace: [Tensor] = []

    /// The keys' encoder moves once a step, whatever the shards.
    func begin(_ step: TrainingStep) throws(LongTailError) {
        try withoutGradients { () throws(LongTailError) in
            try keys.average(towards: context.network.backbone, momentum: method.momentum)
            try keyHead.average(towards: head, momentum: method.momentum)
        }
    }

    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
        let batch = batches[0]
        // Only the main network's mode follows the recipe: keys see batch statistics of their own.
        let key = try withoutGradients { () throws(LongTailError) in
            try keyHead(keys(batch.views[1])).to(.float32).normalize(1)
        }
        let features = try context.features(batch.images)
        let query = try head(features).to(.float32).normalize(1)
        let kept = try queue.contents()
        let value = try loss(
            centreLogits: context.network.classifier(features).to(.float32),
            contrast: Tensor.cat([query, key, kept.features], 0),
            labels: Tensor.cat([batch.targets, batch.targets, kept.labels], 0))
        trace = [key, batch.targets]
        return value
    }

    func end(_ step: TrainingStep, _ traces: [[Tensor]]) throws(LongTailError) {
        for trace in traces { try queue.enqueue(trace[0], trace[1]) }
    }
}
