// A method of one's own, with a key, a loss and a module that is trained, saved and resumed with the network.
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

let folder = FileManager.default.temporaryDirectory.appending(path: "own-method-\(UUID().uuidString)").path
defer { try? FileManager.default.removeItem(atPath: folder) }
var registry = Registry()
registry.methods = [Tempered.self]
let recipe = try Recipe.parse(
    """
    data: { name: glyphs, classes: 3, images-per-class: 40, test-images-per-class: 10, imbalance: 4 }
    network: { name: resnet20 }
    stages: [pre-train: { method: tempered, start: 2, epochs: 2, batch-size: 16, rate: { base: 0.02, warmup: 0 } }]
    """, registry: registry)
let session = try Session(registry: registry)
let preparation = try Preparation(recipe, root: nil)
// Stopped after the first epoch, as by an impatient user, and taken up again.
_ = try session.train(preparation, at: "\(folder)/run") { if case .epoch = $0 { .stop } else { .continue } }
let (run, _) = try session.resume("\(folder)/run")
print(try session.evaluate("\(folder)/run").report.comparison.plain())
guard run.models() == ["pre-train"], try run.metricLines().count == 2, run.recipe == recipe.resolved else {
    print("own-method: FAILED")
    exit(1)
}
print("own-method: ok")
