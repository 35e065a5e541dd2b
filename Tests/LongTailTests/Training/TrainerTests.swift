import Foundation
import LongTail
import OrderedCollections
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct TrainerTests {
    /// The names that a single stage changes.
    private func changes(_ stage: String) throws -> (changed: Set<String>, all: Set<String>, experiment: Experiment) {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe("[\(stage)]"), at: folder.path("run"))
        let name = experiment.recipe.stages[0].name
        let (before, after) = (try experiment.weights("start"), try experiment.weights(name))
        return (changed(before, after), Set(after.keys), experiment)
    }

    @Test(
        "A stage trains what it says and nothing else",
        arguments: [TrainablePart.all, .backbone, .lastBlock, .classifier])
    func parts(part: TrainablePart) throws {
        let found = try changes(
            "pre-train: { epochs: 2, batch-size: 8, rate: { schedule: constant, warmup: 0 }, trains: \(part.rawValue) }"
        )
        let expected = found.all.filter {
            switch part {
            case .all: true
            // In training mode the statistics move, whatever is trained.
            case .backbone: !isClassifier($0)
            case .lastBlock: isClassifier($0) || isStatistic($0) || $0.contains("bn") || $0.hasPrefix("layer3.2.")
            case .classifier: isClassifier($0) || isStatistic($0)
            default: false
            }
        }
        #expect(found.changed == expected)
    }

    @Test("Shifted batch normalisation moves its statistics and leaves its weights") func shift() throws {
        let found = try changes("post-train: { method: mislas, epochs: 1, batch-size: 8 }")
        #expect(found.changed == found.all.filter { isClassifier($0) || isStatistic($0) })
        #expect(found.changed.contains("learned_norm"))
        let whole = try changes(
            "pre-train: { epochs: 1, batch-size: 8, batch-norm: shift, rate: { schedule: constant, warmup: 0 } }")
        let normWeights = whole.all.filter { $0.contains("bn") && !isStatistic($0) }
        #expect(normWeights.count == 38)
        #expect(whole.changed == whole.all.subtracting(normWeights))
    }

    @Test("Batch normalisation in evaluation leaves its statistics") func evaluate() throws {
        let found = try changes("fc: { epochs: 1, batch-size: 8 }")
        #expect(found.changed == ["fc.weight", "fc.bias"])
    }

    @Test("Under MiSLAS the classifier has a rate of its own") func ownRate() throws {
        let found = try changes(
            "post-train: { method: mislas, epochs: 1, batch-size: 8, classifier-factor: 0, batch-norm: evaluate }")
        #expect(found.changed == ["learned_norm"])
    }

    @Test("cRT's classifier does not depend on the one before it") func crt() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe("[post-train: { method: crt, epochs: 1, batch-size: 8 }]")
        let plain = try tinyExperiment(recipe, at: folder.path("plain"))
        try plain()
        let other = try tinyExperiment(recipe, at: folder.path("other"))
        var start = try Checkpoint.read(plain.run.layout.checkpoint("start"))
        start.weights["fc.weight"] = HostTensor([Double](repeating: 9, count: 3 * 64), shape: [3, 64], dtype: .float32)
        try start.write(to: other.run.layout.checkpoint("start"))
        try other()
        #expect(try other.digest("post-train") == plain.digest("post-train"))
        #expect(
            try changed(plain.weights("start"), plain.weights("post-train")).isSuperset(of: ["fc.weight", "fc.bias"]))
    }

    @Test("A rate out of all bounds stops the stage, says where, and keeps the last good resume point")
    func diverged() throws {
        let folder = try RunFolder()
        var recipe = try tinyRecipe("[pre-train: { epochs: 3, batch-size: 8, rate: { warmup: 0 } }]")
        // Harmless in epoch 1, hopeless in epoch 2; a recipe's text allows no such factor.
        recipe.stages[0].training.rate = RateRecipe(1e-3, .steps, milestones: [1], factor: 1e36)
        let experiment = try tinyExperiment(recipe, at: folder.path("run"))
        let refused = try #require(mergingFailure { () throws(LongTailError) in try experiment() })
        #expect(refused.kind == .training)
        #expect(refused.problem.contains(#/^the loss became -?(nan|inf) in stage pre-train, epoch 2, step [23]$/#))
        let samples = try #require(refused.remedy?.split(separator: "\n").first)
        #expect(samples.contains(#/^The batch began with glyph-00\d/train/\d{5}, glyph-00\d/train/\d{5}/#))
        #expect(refused.remedy?.contains("Lower rate.base") == true)
        let point = try #require(try ResumePoint.read(experiment.run.layout.resumePoint))
        #expect(point.position == RunPosition(stage: 0, epoch: 1))
        #expect(!point.network.isEmpty && !point.momentum.isEmpty)
        for (_, tensor) in point.network { #expect(tensor.doubles.allSatisfy { $0.isFinite }) }
        #expect(!FileManager.default.fileExists(atPath: experiment.run.layout.checkpoint("pre-train")))
    }

    @Test("A stage's own steps take the place of the data's, in that stage alone") func stageAugmentation() throws {
        let folder = try RunFolder()
        let keys = "epochs: 1, batch-size: 8, rate: { warmup: 0 }"
        func weights(_ name: String, data: String = "", own: String = "") throws -> [StateDict] {
            let recipe = try tinyRecipe(
                "[pre-train: { \(keys) }, pre-train: { name: second, from: start, \(keys)\(own) }]", data: data)
            let experiment = try tinyExperiment(recipe, at: folder.path(name))
            try experiment()
            return try ["pre-train", "second"].map { (stage) throws(LongTailError) in
                try Checkpoint.read(experiment.run.layout.checkpoint(stage)).weights
            }
        }
        let usual = try weights("usual")
        let own = try weights("own", own: ", augmentation: [flip]")
        let everywhere = try weights("everywhere", data: ", augmentation: [flip]")
        #expect(own[0] == usual[0] && own[1] == everywhere[1])
        #expect(own[1] != usual[1] && everywhere[0] != usual[0])
    }

    @Test("An epoch shows every training image once, and a class-aware one whole batches and a step more")
    func epochs() throws {
        let folder = try RunFolder()
        var steps: [TrainingEvent.Step] = []
        let recipe = try tinyRecipe(
            "[pre-train: { epochs: 1, batch-size: 8, rate: { warmup: 0 } }, post-train: { method: mislas, epochs: 1, batch-size: 8 }]",
            data: ", validation: 1")
        let experiment = try tinyRun(recipe, at: folder.path("run")) { event in
            if case .step(let step) = event { steps.append(step) }
        }
        #expect(experiment.data.dataset.count == 14 && experiment.data.validation.count == 3)
        #expect(steps.map(\.images) == [8, 6] + [8, 8, 8])
        let lines = try experiment.run.metricLines()
        #expect(lines.map(\.name) == ["pre-train", "post-train"])
        #expect(lines.allSatisfy { $0.loss?.isFinite == true && $0.epoch == 1 })
    }

    @Test("What an evaluator finds depends on the weights, not on the size of its batches") func evaluator() throws {
        try Engine.setThreads(1)
        let data = try Glyphs(classes: 3, imagesPerClass: 4, split: .test)
        let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 1)
        let before = try network.stateDict()
        var heard: [Int] = []
        let small = try Evaluator(batchSize: 5, precision: .float32)(network, on: data) { heard.append($0) }
        let large = try Evaluator(batchSize: 100, precision: .float32)(network, on: data)
        #expect(heard == [5, 10, 12])
        #expect(small.predictions.predicted == large.predictions.predicted)
        #expect(small.report.recalls == large.report.recalls)
        #expect(try network.stateDict() == before)
    }
}
