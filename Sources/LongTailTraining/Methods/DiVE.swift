import LongTailBasics
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// DiVE: a student distilled from a teacher's flattened predictions, the virtual examples, beside the balanced soft-max.
///
/// He, Wu and Wei 2021, "Distilling Virtual Examples for Long-tailed Recognition".
public struct DiVE: TrainedMethod {
    public static let name = "dive"
    public static let summary = "a student of a balanced soft-max teacher's flattened predictions"
    public static let page = MethodPage(
        "Distilling Virtual Examples for Long-tailed Recognition", "He et al.", 2021,
        stages: "pre-train (bsce, the teacher), pre-train (the student, from start)", recipe: "dive",
        idea: "A head image's soft prediction lends virtual examples to tail classes; flattening lends more.",
        formula: "q = softmax(z_t/T)^p, normalised;  L = alpha T^2 KL(q, softmax(z_s/T)) + (1 - alpha) BSCE(z_s, y)",
        differences: ["No code of the authors is known; the formula is that of BagofTricks-LT, by the same group."])
    public static let takesMixup = false

    /// The stage whose network teaches; nil for the one that this stage begins with.
    public var teacher: String?
    /// α, the share of the distillation.
    public var alpha = 0.5
    /// T.
    public var temperature = 2.0
    /// p.
    public var power = 0.5

    /// The defaults of all CIFAR configurations.
    public init() {}

    public static var fields: [RecipeField<DiVE>] {
        [
            RecipeField("teacher", \.teacher, "the earlier stage whose network teaches"),
            RecipeField("alpha", \.alpha, in: 0...1, "share of the distillation"),
            RecipeField("temperature", \.temperature, in: 0.01...1000, "temperature of both predictions"),
            RecipeField("power", \.power, in: 0.01...100, "power that flattens the teacher's prediction; 1 leaves it"),
        ]
    }

    /// The teaching stage.
    public var teachers: [String] { teacher.map { [$0] } ?? [] }

    /// A student cannot do without a teacher.
    public func conflicts() -> [RecipeConflict] { teacher == nil ? [.teacherless("dive")] : [] }

    /// Distils.
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        let loss = try DiVELoss(context.counts, alpha: alpha, temperature: temperature, power: power)
        return Session(context, try context.teacher(teacher ?? ModelName.start), loss)
    }

    private final class Session: MethodSession {
        private let context: StageContext
        private let teacher: Teacher
        private let loss: DiVELoss

        init(_ context: StageContext, _ teacher: Teacher, _ loss: DiVELoss) {
            (self.context, self.teacher, self.loss) = (context, teacher, loss)
        }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let (images, targets) = (batches[0].images, batches[0].targets)
            return try loss(context.logits(images), teacher: teacher.logits(images), targets)
        }
    }
}

extension RecipeConflict {
    /// A method that learns from another network names none.
    static func teacherless(_ method: String) -> RecipeConflict {
        RecipeConflict(
            "teacher", "is missing, and \(method) learns from an earlier stage's network",
            remedy: "Name the stage: teacher: pre-train")
    }
}
