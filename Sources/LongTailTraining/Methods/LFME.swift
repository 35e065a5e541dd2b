import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// LFME's experts: plain cross-entropy on the images of the many, the medium or the few classes.
///
/// Xiang et al. 2020, "Learning From Multiple Experts: Self-paced Knowledge Distillation for Long-tailed Classification".
public struct LFMEExpert: LossMethod {
    public static let name = "lfme-expert"
    public static let summary = "cross-entropy on the many, medium or few classes alone"
    public static let page = MethodPage(
        "Learning From Multiple Experts: Self-paced Knowledge Distillation for Long-tailed Classification",
        "Xiang et al.", 2020, stages: "pre-train x 3 (experts), pre-train (lfme)", recipe: "lfme",
        idea: "Within a group the classes are nearly balanced, so that an expert of the group learns it well.",
        formula: "L = CE over the group's images and classes",
        differences: ["An expert has logits for all classes; those of other groups are left out of its loss."])

    /// The classes that it learns.
    public var group = ShotGroup.many

    public init() {}

    public static var fields: [RecipeField<LFMEExpert>] {
        [RecipeField("group", \.group, "the classes that it learns: over 100 images, 20 to 100, under 20")]
    }

    /// The group's classes.
    ///
    /// - Throws: When it has none.
    public func classes(of counts: ClassCounts) throws(LongTailError) -> [Int]? { try LFME.classes(group, counts) }

    /// Cross-entropy over the group's logits.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss {
        // Empty classes leave the soft-max, and those of other groups have no image in this stage.
        try BalancedSoftmaxLoss(
            ClassCounts(names: counts.names, counts: counts.counts.map { $0 > 0 ? 1 : 0 }))
    }
}

/// LFME's student: cross-entropy, and distillation from each group's expert until it is as good.
///
/// Xiang et al. 2020.
public struct LFME: TrainedMethod {
    public static let name = "lfme"
    public static let summary = "a student of three experts, one for each group of classes"
    public static let page = MethodPage(
        "Learning From Multiple Experts: Self-paced Knowledge Distillation for Long-tailed Classification",
        "Xiang et al.", 2020, stages: "pre-train x 3 (lfme-expert), pre-train", recipe: "lfme",
        idea: """
            The student learns a group's logits from its expert; each expert's weight falls as the student's accuracy in the
            group reaches the expert's. Images of which the experts are unsure come in gradually.
            """,
        formula:
            "L = CE(v z, y) + sum_g w_g KL(softmax(expert_g/2), softmax(v z_g/2)), v_i from expert confidence to 1",
        differences: [
            "As in the code the image's weight v multiplies the logits, not the loss.",
            "Accuracies are those on the training images of the epoch before (in the first epoch every weight is 1).",
        ])
    public static let takesMixup = false

    /// The stages of the experts of many, medium and few classes.
    public var many = "many"
    public var medium = "medium"
    public var few = "few"
    /// T of the distillation.
    public var temperature = 2.0
    /// The student's share of an expert's accuracy from which that expert's weight falls.
    public var threshold = 0.3

    public init() {}

    public static var fields: [RecipeField<LFME>] {
        [
            RecipeField("many", \.many, "the stage of the expert of classes with over 100 images"),
            RecipeField("medium", \.medium, "the stage of the expert of classes with 20 to 100 images"),
            RecipeField("few", \.few, "the stage of the expert of classes with under 20 images"),
            RecipeField("temperature", \.temperature, in: 0.01...1000, "temperature of the distillation"),
            RecipeField(
                "threshold", \.threshold, in: 0...1, "share of an expert's accuracy from which its weight falls"),
        ]
    }

    /// The experts.
    public var teachers: [String] { [many, medium, few] }

    /// The classes of a group, by the rule of over 100, 20 to 100 and under 20 images.
    ///
    /// - Throws: When it has none.
    static func classes(_ group: ShotGroup, _ counts: ClassCounts) throws(LongTailError) -> [Int] {
        let groups = try counts.groups()
        let found = groups.indices.filter { groups[$0] == group && counts.counts[$0] > 0 }
        guard !found.isEmpty else {
            throw LongTailError(
                .data, "no class is one of the \(group.rawValue), so there is nothing for that expert to learn",
                remedy: "LFME needs classes of over 100, of 20 to 100 and of under 20 images.")
        }
        return found
    }

    /// A student with its experts.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        var experts: [Expert] = []
        for (group, stage) in zip([ShotGroup.many, .medium, .few], teachers) {
            let classes = try Self.classes(group, context.counts)
            experts.append(
                Expert(
                    teacher: try context.teacher(stage), columns: try Tensor(classes), classes: Set(classes),
                    loss: try SubsetDistillationLoss(classes: classes, temperature: temperature)))
        }
        return try LFMESession(context, experts, threshold: threshold)
    }

    fileprivate struct Expert {
        let teacher: Teacher
        let columns: Tensor
        let classes: Set<Int>
        let loss: SubsetDistillationLoss
    }
}

private final class LFMESession: MethodSession {
    private let context: StageContext
    private let experts: [LFME.Expert]
    private let threshold: Double
    /// Hits of student and expert, and images, of each group: last epoch's and this one's, 2×3×3.
    private let tally: Buffer

    init(_ context: StageContext, _ experts: [LFME.Expert], threshold: Double) throws(LongTailError) {
        (self.context, self.experts, self.threshold) = (context, experts, threshold)
        tally = Buffer(try .zeros([2, 3, 3]))
    }

    var children: [(name: String, child: ModuleChild)] { [("tally", .buffer(tally))] }

    func begin(epoch: Int) throws(LongTailError) {
        let last = try tally.tensor.slice(0, from: 1, to: 2).clone()
        _ = try tally.tensor.copy_(Tensor.cat([last, last.mul(0)], 0))
    }

    /// Each expert's weight, from the accuracies of the epoch before.
    private func accuracyWeights() throws(LongTailError) -> [Double] {
        let values: [Double] = try tally.tensor.array()
        var weights: [Double] = []
        for group in 0..<3 {
            let (student, expert, images) = (values[3 * group], values[3 * group + 1], values[3 * group + 2])
            weights.append(
                images > 0
                    ? try SubsetDistillationLoss.weight(
                        student: student / images, expert: expert / images, threshold: threshold) : 1)
        }
        return weights
    }

    let leavesTrace = true
    private(set) var trace: [Tensor] = []

    func begin(_ step: TrainingStep) throws(LongTailError) {
        if step.step == 0 { weights = try accuracyWeights() }
    }

    func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
        let batch = batches[0]
        let plain = try context.logits(batch.images)
        var confidence = [Double](repeating: 1, count: batch.labels.count)
        var added: Tensor?
        var (answers, counts): ([Tensor], [Double]) = ([], [])
        for expert in experts {
            let all = try expert.teacher.logits(batch.images)
            answers.append(try all.indexSelect(1, expert.columns))
            let own = batch.labels.indices.filter { expert.classes.contains(batch.labels[$0]) }
            counts += try hits(plain, all, expert, batch, own)
            if !own.isEmpty { try fill(&confidence, own, answers[answers.count - 1], expert, batch) }
        }
        trace = [try Tensor(counts, shape: [1, 3, 3]).to(like: tally.tensor)]
        let curriculum = confidence.map {
            InstanceCurriculum.weight(
                initial: $0, epoch: step.epoch + 1, epochs: context.training.epochs, staysAtOne: true)
        }
        let weighted = try InstanceCurriculum.weighted(plain, Tensor(curriculum).to(like: plain))
        for (index, expert) in experts.enumerated() where weights[index] > 0 {
            let term = try expert.loss(weighted, expert: answers[index]).mul(weights[index])
            added = try added.map { (sum) throws(LongTailError) in try sum.add(term) } ?? term
        }
        let own = try CrossEntropyLoss()(weighted, batch.targets)
        return try added.map { (added) throws(LongTailError) in try own.add(added) } ?? own
    }

    func end(_ step: TrainingStep, _ traces: [[Tensor]]) throws(LongTailError) {
        for trace in traces { _ = try tally.tensor.slice(0, from: 1, to: 2).add_(trace[0]) }
    }

    private var weights = [1.0, 1, 1]

    /// Student's hits, expert's hits and images of a group in the batch, each by the group's logits alone.
    private func hits(
        _ student: Tensor, _ expert: Tensor, _ group: LFME.Expert, _ batch: DeviceBatch, _ own: [Int]
    ) throws(LongTailError) -> [Double] {
        guard !own.isEmpty else { return [0, 0, 0] }
        return try withoutGradients { () throws(LongTailError) in
            let rows = try Tensor(own)
            let truth = try batch.targets.indexSelect(0, rows)
            func right(_ logits: Tensor) throws(LongTailError) -> Double {
                let best = try logits.detach().indexSelect(0, rows).indexSelect(1, group.columns).argmax(1)
                return try group.columns.indexSelect(0, best).eq(truth).to(.float32).sum().item()
            }
            return [try right(student), try right(expert), Double(own.count)]
        }
    }

    /// The expert's probability of the true class, for the group's images of a batch.
    private func fill(
        _ confidence: inout [Double], _ own: [Int], _ answers: Tensor, _ expert: LFME.Expert, _ batch: DeviceBatch
    ) throws(LongTailError) {
        let rows: [Double] = try answers.softmax().to(.float64).array()
        let columns = expert.classes.sorted()
        let place = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($0.element, $0.offset) })
        for row in own { confidence[row] = rows[row * columns.count + (place[batch.labels[row]] ?? 0)] }
    }
}
