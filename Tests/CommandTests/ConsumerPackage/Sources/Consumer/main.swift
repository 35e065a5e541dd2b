// What a stranger's program adds to the words of recipes, trained, killed, resumed and evaluated: ConsumerTests.
import Foundation
import LongTail

/// Cross-entropy of logits times a learnt temperature, which begins at a value that the recipe says.
struct Tempered: TrainedMethod {
    static let name = "tempered"
    static let summary = "cross-entropy at a learnt temperature"
    static let page = MethodPage(
        "An example", "Nobody", 2026, stages: "pre-train", recipe: nil, idea: "Logits are scaled by one learnt number.",
        formula: "L = CE(s z, y)")
    var start = 1.0

    static var fields: [RecipeField<Tempered>] {
        [RecipeField("start", \.start, in: 0.1...10, "the scale to begin with")]
    }

    func session(_ context: StageContext) throws -> any MethodSession { try Work(context, start) }

    private final class Work: MethodSession {
        private let context: StageContext
        private let scale: Parameter

        init(_ context: StageContext, _ start: Double) throws {
            self.context = context
            scale = try Parameter(Tensor([Float(start)]))
        }

        var children: [(name: String, child: ModuleChild)] { [("scale", .parameter(scale))] }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws -> Tensor {
            let scaled = try Engine.call(
                "aten::mul.Tensor", .tensor(context.logits(batches[0].images)), .tensor(scale.tensor))
            return try CrossEntropyLoss()(scaled[0], batches[0].targets)
        }
    }
}

/// Inverts a picture half of the time.
struct Negative: RecipeStep {
    static let name = "negative"
    static var fields: [RecipeField<Negative>] { [] }
    func apply(to canvas: inout Canvas, random: inout CounterRandom) throws {
        guard random.below(2) == 1 else { return }
        let image = try canvas.pixels()
        canvas = Canvas(
            .pixels(
                try PixelImage(height: image.size.height, width: image.size.width, bytes: image.planes.map { 255 - $0 })
            ))
    }
}

/// The last member alone.
struct Latest: MergeRule {
    var snapshot: StateDict = [:]
    mutating func add(_ weights: StateDict, member: Int, measure: (StateDict) throws -> Double) { snapshot = weights }
    func merged() -> StateDict { snapshot }
    mutating func restore(_ snapshot: StateDict) { self.snapshot = snapshot }
}

/// An error of this program's own.
struct Refusal: Error {}

/// A method that fails by it.
struct Failing: LossMethod {
    static let name = "failing"
    static let summary = "fails"
    static let page = Tempered.page
    static var fields: [RecipeField<Failing>] { [] }
    func loss(_ counts: ClassCounts, epoch: Int) throws -> any Loss { throw Refusal() }
}

var registry = Registry()
registry.methods = [Tempered.self, Failing.self]
registry.steps = [Negative.self]
registry.merges = [.init("latest") { Latest() }]
let (mode, path) = (CommandLine.arguments[1], CommandLine.arguments[2])
let session = try Session(registry: registry)

@MainActor func recipe(_ method: String) throws -> Recipe {
    try Recipe.parse(
        """
        data: { name: glyphs, classes: 3, images-per-class: 24, test-images-per-class: 6, imbalance: 3, augmentation: [negative] }
        network: { name: resnet20 }
        precision: float32
        stages:
          - pre-train: { method: \(method), epochs: 2, batch-size: 8, rate: { base: 0.02, warmup: 0 } }
          - btm: { members: 2, images-per-class: 4, epochs: 1, batch-size: 4, merge: latest }
        """, registry: registry)
}

switch mode {
case "train":
    _ = try session.train(Preparation(recipe("tempered"), root: nil), at: path)
case "die":
    // A kill that nothing can catch, in the second epoch.
    _ = try session.train(Preparation(recipe("tempered"), root: nil), at: path) { event in
        if case .step(let step) = event, step.epoch == 1 { kill(getpid(), SIGKILL) }
        return .continue
    }
case "resume": _ = try session.resume(path)
case "fail":
    do {
        _ = try session.train(Preparation(recipe("failing"), root: nil), at: path)
        exit(1)
    } catch let failure as LongTailError {
        print(failure.cause is Refusal ? "the program's own error came through" : "\(failure)")
    }
default: print(try session.evaluate(path).report.models.map { "\($0.name) \($0.report.hits)" }.joined(separator: "; "))
}
