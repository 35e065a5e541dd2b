import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// RIDE: several narrow experts on a shared trunk, each with its own loss and pushed apart from their mean.
///
/// Wang et al. 2021, "Long-tailed Recognition by Routing Diverse Distribution-Aware Experts", first stage; with a teacher
/// its distillation from a larger RIDE.
public struct RIDE: TrainedMethod {
    public static let name = "ride"
    public static let summary = "diverse experts on a shared trunk, with LDAM margins and late weights"
    public static let page = MethodPage(
        "Long-tailed Recognition by Routing Diverse Distribution-Aware Experts", "Wang et al.", 2021,
        stages: "pre-train, then ride-routing", recipe: "ride",
        idea: """
            Experts have their own last two stages, of three quarters of the channels, and cosine classifiers. Each is
            trained by itself, and a divergence from the experts' mean keeps them different. The mean predicts.
            """,
        formula: "L = sum_k CE_w(z_k - 30 m_y e_y, y) + lambda t^2 KL(softmax(mean/t), softmax(z_k/t)), lambda < 0",
        differences: [
            "With a teacher the loss of all experts is counted once per expert, as in the code (per-expert: false: once).",
            "The student's side of the distillation is the experts' mean, as in the code.",
        ])
    public static let takesMixup = false

    /// Number of experts.
    public var experts = 3
    /// λ.
    public var diversity = -0.45
    /// r of the temperatures after the deferred epoch.
    public var reweighting = 0.05
    /// First epoch with class weights and temperatures, from 0.
    public var deferred = 160
    /// Whether experts have three quarters of the channels.
    public var narrow = true
    /// The stage whose network teaches; nil for none.
    public var teacher: String?
    /// T of the distillation.
    public var temperature = 1.5
    /// Whether the loss is counted once for each expert when distilling.
    public var perExpert = true

    /// The defaults, for CIFAR-100-LT.
    public init() {}

    public static var fields: [RecipeField<RIDE>] {
        [
            RecipeField("experts", \.experts, in: 1...64, "number of experts"),
            RecipeField(
                "diversity", \.diversity, in: -100...100, "factor of the divergence from the mean; negative: apart"),
            RecipeField("reweighting", \.reweighting, in: 0...1, "how far temperatures follow class sizes"),
            RecipeField(
                "deferred", \.deferred, in: 0...100_000, "the first epoch with weights and temperatures, from 0"),
            RecipeField("narrow", \.narrow, "whether experts have three quarters of the channels"),
            RecipeField("teacher", \.teacher, "the earlier stage whose network teaches; null for none"),
            RecipeField("temperature", \.temperature, in: 0.01...1000, "temperature of the distillation"),
            RecipeField("per-expert", \.perExpert, "whether the distilled loss is counted once for each expert"),
        ]
    }

    /// The deferred epoch moves with the stage's length.
    public func withEpochs(scaledBy factor: Double) -> Self {
        var scaled = self
        scaled.deferred = Int((Double(deferred) * factor).rounded())
        return scaled
    }

    /// The teaching stage.
    public var teachers: [String] { teacher.map { [$0] } ?? [] }

    /// Experts with cosine classifiers, drawn anew unless they are there.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try Network.rebuild(&network, .experts(count: experts, isNarrow: narrow), classifier: .cosine, &draw)
    }

    /// The experts' logits into RIDE's loss.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        let teacher = try teacher.map { (stage) throws(LongTailError) in try context.teacher(stage) }
        return try Session(self, context, teacher)
    }

    private final class Session: MethodSession {
        private let method: RIDE
        private let context: StageContext
        private let teacher: Teacher?
        private var loss: RIDELoss

        init(_ method: RIDE, _ context: StageContext, _ teacher: Teacher?) throws(LongTailError) {
            (self.method, self.context, self.teacher) = (method, context, teacher)
            loss = try Self.loss(method, context.counts, epoch: 0)
        }

        private static func loss(_ method: RIDE, _ counts: ClassCounts, epoch: Int) throws(LongTailError) -> RIDELoss {
            try RIDELoss(
                counts, isDeferred: epoch >= method.deferred, factor: method.diversity,
                reweighting: method.reweighting)
        }

        func begin(epoch: Int) throws(LongTailError) { loss = try Self.loss(method, context.counts, epoch: epoch) }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let (images, targets) = (batches[0].images, batches[0].targets)
            let experts = try context.experts(images)
            guard let teacher else { return try loss(experts, targets) }
            return try RIDEDistillationLoss(loss, temperature: method.temperature, perExpert: method.perExpert)(
                experts, teacher: teacher.logits(images), targets)
        }
    }
}

/// RIDE's second stage: gates that learn after which expert to stop; all else is frozen.
public struct RIDERouting: TrainedMethod {
    public static let name = "ride-routing"
    public static let summary = "gates between experts, so that easy images ask few"
    public static let page = MethodPage(
        "Long-tailed Recognition by Routing Diverse Distribution-Aware Experts", "Wang et al.", 2021,
        stages: "pre-train (ride), post-train", recipe: "ride",
        idea: "After each expert a gate decides whether the next is asked; the mean of those asked predicts.",
        formula: "target_i = 1 where the mean of i experts is wrong and a later mean right;  L = BCE, positives x 100",
        differences: [
            "Prediction computes only the experts that are asked; an exported network computes all, with the same results."
        ])
    public static let takesMixup = false

    /// Weight of a positive target.
    public var positiveWeight = 100.0

    public static var parts: [any ClassifierPart.Type] { [ExpertGates.self] }

    public init() {}

    public static var fields: [RecipeField<RIDERouting>] {
        [RecipeField("positive-weight", \.positiveWeight, in: 1e-6...1e6, "weight of the rare 'ask the next'")]
    }

    /// Gates only; classes are drawn uniformly.
    public static func adjustDefaults(_ training: inout TrainingRecipe) {
        training.trains = TrainablePart(ExpertGates.self)
        training.batchNorm = .evaluate
        training.sampler = .balanced
    }

    /// Adds gates.
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        try network.classifier.add(ExpertGates.self, &draw)
    }

    /// Gates against targets.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        guard let gates = context.network.classifier.part(ExpertGates.self) else {
            throw LongTailError(.engine, "ride-routing has a network without gates")
        }
        return Session(context, gates, try RoutingLoss(positiveWeight: positiveWeight))
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let gates: ExpertGates
        private let loss: RoutingLoss

        init(_ context: StageContext, _ gates: ExpertGates, _ loss: RoutingLoss) {
            (self.context, self.gates, self.loss) = (context, gates, loss)
        }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let classifier = context.network.classifier
            let features = try context.features(batches[0].images)
            let experts = try withoutGradients { () throws(LongTailError) in
                var logits: [Tensor] = []
                for expert in try classifier.experts(features) { logits.append(try expert.to(.float32)) }
                return logits
            }
            let decisions = try gates(classifier.byExpert(features), experts).to(.float32)
            return try loss(decisions, ExpertRouting.targets(experts, batches[0].targets))
        }
    }
}
