import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// What the contract promises of every method: it trains, it is resumed with the same bits, and what it leaves is a
/// checkpoint that opens by itself.
@Suite struct MethodSessionTests {
    @Test("Every method has stages to be tested with, or a test of its own") func complete() {
        #expect(Set(Methods.names).subtracting(MethodStages.all.keys) == ["lfme-expert", "lfme"])
    }

    @Test(
        "Broken off in any epoch, a run ends with the same bits, and its checkpoint predicts",
        arguments: MethodStages.all.keys.sorted()) func resumes(_ method: String) throws
    {
        let recipe = try tinyRecipe("[\(MethodStages.all[method] ?? "")]")
        try compareResumed(recipe)
    }

    /// Runs a recipe with a copy of its folder in the second epoch of every stage, and takes up every copy.
    private func compareResumed(_ recipe: Recipe) throws {
        let folder = try RunFolder()
        let path = folder.path("whole")
        var copies: [String] = []
        let whole = try tinyRun(recipe, at: path) { event in
            guard case .step(let step) = event, step.epoch == 1, step.step == 0 else { return }
            copies.append(folder.path("copy-\(copies.count)"))
            try? FileManager.default.copyItem(atPath: path, toPath: copies[copies.count - 1])
        }
        #expect(copies.count == recipe.stages.count { $0.method is any TrainedMethod })
        let last = try #require(recipe.stages.last).name
        for copy in copies {
            let resumed = try Experiment(try Run.resume(at: copy), whole.preparation)
            try resumed()
            #expect(try resumed.digest(last) == whole.digest(last), "\(copy)")
        }
        let network = try Checkpoint.read(whole.run.layout.checkpoint(last)).makeNetwork()
        let report = try Evaluator(recipe)(network, on: whole.data.dataset).report
        #expect(report.imageCount == whole.data.dataset.count)
        for (name, tensor) in try whole.weights(last) {
            #expect(tensor.dtype == .int64 || tensor.doubles.allSatisfy(\.isFinite), "\(name)")
        }
    }

    @Test("LFME learns from an expert of each group, resumed or not, and an expert trains on its classes alone")
    func lfme() throws {
        let stage = "epochs: 2, batch-size: 16, rate: { base: 0.01, schedule: constant, warmup: 0 }"
        let experts = ["many", "medium", "few"].map {
            "pre-train: { name: \($0), from: start, method: lfme-expert, group: \($0), \(stage) }"
        }
        // 104, 46 and 13 images.
        let recipe = try Recipe.parse(
            """
            name: tiny
            data: { name: glyphs, classes: 3, images-per-class: 104, test-images-per-class: 2, imbalance: 8 }
            network: { name: resnet20 }
            precision: float32
            stages: [\(experts.joined(separator: ", ")), pre-train: { name: student, from: start, method: lfme, \(stage) }]
            """)
        #expect(try tinyData(recipe).counts.groups() == [.many, .medium, .few])
        #expect(try recipe.stages[2].positions(of: tinyData(recipe)).count == tinyData(recipe).counts.counts[2])
        try compareResumed(recipe)
        let none = try tinyRecipe("[pre-train: { method: lfme-expert, group: many, \(stage) }]")
        let folder = try RunFolder()
        let refused = mergingFailure { () throws(LongTailError) in try tinyRun(none, at: folder.path("run")) }
        #expect(refused?.problem.contains("no class is one of the many") == true)
    }

    @Test("A stage begins with the one that it names, not with the one before") func from() throws {
        let folder = try RunFolder()
        let stage = "epochs: 1, batch-size: 8, rate: { base: 0, schedule: constant, warmup: 0 }, batch-norm: evaluate"
            .replacing("base: 0,", with: "base: 1e-12,")
        let recipe = try tinyRecipe(
            """
            [ pre-train: { name: a, epochs: 1, batch-size: 8, rate: { base: 0.1, schedule: constant, warmup: 0 } },
              pre-train: { name: b, from: start, \(stage) }, pre-train: { name: c, from: a, \(stage) } ]
            """)
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        func distance(_ one: String, _ other: String) throws -> Double {
            let (x, y) = (try experiment.weights(one)["fc.weight"], try experiment.weights(other)["fc.weight"])
            return zip(try #require(x).doubles, try #require(y).doubles).map { abs($0 - $1) }.max() ?? 0
        }
        #expect(try distance("b", "start") < 1e-9)
        #expect(try distance("c", "a") < 1e-9)
        #expect(try distance("b", "a") > 1e-4)
        let wrong = try? tinyRecipe("[pre-train: { from: b, \(stage) }, pre-train: { name: b, \(stage) }]")
        #expect(wrong == nil || wrong?.conflicts().contains { "\($0)".contains("from") } == true)
    }

    @Test("BTM refuses a method that builds the network anew in each member") func structureInBTM() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            "[btm: { method: sade, members: 2, images-per-class: 3, epochs: 1, batch-size: 8, mixup: 0 }]")
        let refused = mergingFailure { () throws(LongTailError) in try tinyRun(recipe, at: folder.path("run")) }
        #expect(refused?.problem.contains("nothing in common to merge") == true)
    }

    @Test("Experts can be merged: BTM after RIDE with plain cross-entropy of their mean") func mergedExperts() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            """
            [ pre-train: { method: ride, experts: 2, epochs: 1, batch-size: 8, rate: { schedule: constant, warmup: 0 } },
              btm: { members: 2, images-per-class: 3, epochs: 1, batch-size: 8 },
              post-train: { epochs: 1, batch-size: 8 } ]
            """)
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        let names = try Set(experiment.weights("post-train").keys)
        #expect(names.contains("linears.1.weight") && names.contains("learned_norm"))
        let checkpoint = try Checkpoint.read(experiment.run.layout.checkpoint("post-train"))
        #expect(checkpoint.info.branches == .experts(count: 2, isNarrow: true))
    }
}

@Suite struct TestTimeAggregationTests {
    @Test("Weights of experts are learnt without labels, sum to one, and are the same again") func weights() throws {
        let folder = try RunFolder()
        // Long enough for two views of a picture to be told apart.
        let recipe = try Recipe.parse(
            """
            name: tiny
            data: { name: glyphs, classes: 5, images-per-class: 60, test-images-per-class: 2, imbalance: 4 }
            network: { name: resnet20 }
            precision: float32
            stages:
              - pre-train:
                  { method: sade, epochs: 3, batch-size: 32, rate: { base: 0.05, schedule: cosine, warmup: 0 } }
            """)
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        let network = try Checkpoint.read(experiment.run.layout.checkpoint("pre-train")).makeNetwork()
        let before = try network.stateDict()
        let test = experiment.data.dataset
        var training = TestTimeAggregation()
        training.epochs = 2
        let (first, second) = (
            try training.weights(of: network, on: test, recipe), try training.weights(of: network, on: test, recipe)
        )
        let weights = try first.weights()
        #expect(weights.count == 3 && abs(weights.reduce(0, +) - 1) < 1e-6)
        #expect(weights.contains { abs($0 - 1 / 3.0) > 1e-6 })
        #expect(try second.weights() == weights)
        #expect(try network.stateDict() == before)
        // All weight on one expert gives that expert's predictions.
        let only = try ExpertAggregation(weight: Tensor([Float(50), 0, 0]))
        let found = try TestTimeAggregation().evaluate(network, only, on: test, recipe).predictions.predicted
        var expected: [Int] = []
        let firstExpert = { (images: Tensor) throws(LongTailError) in
            try network.classifier.experts(network.backbone(images))[0]
        }
        try Evaluator(recipe).visit(network, test, forward: firstExpert) { (_, logits) throws(LongTailError) in
            expected += try logits.argmax(1).array(of: Int.self)
        }
        #expect(found.map(Int.init) == expected)
    }
}

/// Methods that compute their result.
@Suite struct UntrainedMethodTests {
    /// A run of a method after a short pre-training, and the network before it.
    private func run(_ keys: String) throws -> (
        before: Network, after: Network, experiment: Experiment, folder: RunFolder
    ) {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            "[pre-train: { epochs: 1, batch-size: 8, rate: { schedule: constant, warmup: 0 } }, post-train: { \(keys) }]",
            data: ", validation: 1")
        let experiment = try tinyRun(recipe, at: folder.path("run"))
        return (
            try Checkpoint.read(experiment.run.layout.checkpoint("pre-train")).makeNetwork(),
            try Checkpoint.read(experiment.run.layout.checkpoint("post-train")).makeNetwork(), experiment, folder
        )
    }

    @Test("Post-hoc logit adjustment lowers each logit by τ log π") func postHoc() throws {
        let (before, after, experiment, folder) = try run("method: post-hoc-logit-adjustment, tau: 1.5")
        _ = folder
        let evaluator = Evaluator(batchSize: 8, precision: .float32)
        let test = experiment.data.dataset
        let (old, new) = (try evaluator.logits(before, on: test), try evaluator.logits(after, on: test))
        let prior = experiment.data.counts.logPrior
        for (index, pair) in zip(old, new).enumerated() {
            #expect(abs(Double(pair.1) - (Double(pair.0) - 1.5 * prior[index % 3])) < 1e-4)
        }
    }

    @Test("τ-normalisation divides class vectors, drops the bias, and finds τ on validation images") func tauNorm()
        throws
    {
        let (before, after, _, folder) = try run("method: tau-norm, tau: 1")
        let weight = try #require(after.stateDict()["fc.weight"])
        for row in 0..<3 {
            let length = weight.doubles[row * 64..<(row + 1) * 64].reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(length - 1) < 1e-5)
        }
        #expect(try after.stateDict()["fc.bias"]?.doubles == [0, 0, 0])
        #expect(try before.stateDict()["fc.bias"]?.doubles != [0, 0, 0])
        let searched = try run("method: tau-norm, search: true")
        #expect(searched.experiment.log.contains("the best on the validation images"))
        _ = folder
        let none = try tinyRecipe("[post-train: { method: tau-norm, search: true }]")
        let other = try RunFolder()
        let refused = mergingFailure { () throws(LongTailError) in try tinyRun(none, at: other.path("run")) }
        #expect(refused?.remedy?.contains("data.validation") == true)
    }

    @Test("The nearest class mean ranks classes as float64 distances do") func ncm() throws {
        let (before, after, experiment, folder) = try run("method: ncm")
        _ = folder
        #expect(try Set(after.stateDict().keys).isSuperset(of: ["fc.means", "fc.centre"]))
        let images = experiment.data.dataset
        let context = FitContext(
            counts: experiment.data.counts, images: images, validation: images,
            evaluator: Evaluator(batchSize: 8, precision: .float32), say: { (_) throws(LongTailError) in })
        let means = try NearestClassMean(classes: 3, dimension: 64) { (take) throws(LongTailError) in
            try context.features(before) { (features, labels) throws(LongTailError) in try take(features, labels) }
        }
        var expected: [Int] = []
        try context.features(before) { (features, _) throws(LongTailError) in
            expected += try means(features).argmax(1).array(of: Int.self)
        }
        let found = try Evaluator(batchSize: 8, precision: .float32)(after, on: images).predictions.predicted
        #expect(found.map(Int.init) == expected)
    }

    @Test("A method that needs a linear classifier says so") func needsLinear() throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            "[pre-train: { method: ldam, epochs: 1, batch-size: 8, rate: { schedule: constant, warmup: 0 } }, post-train: { method: tau-norm }]"
        )
        let refused = mergingFailure { () throws(LongTailError) in try tinyRun(recipe, at: folder.path("run")) }
        #expect(refused?.problem.contains("needs a linear classifier") == true)
    }
}

@Suite struct ShortenedTests {
    @Test("A compressed schedule keeps its shape") func shape() throws {
        let recipe = try tinyRecipe(
            """
            [ pre-train: { method: ldam, epochs: 200, deferred: 160,
                           rate: { schedule: steps, warmup: 5, milestones: [160, 180] } },
              post-train: { epochs: 30 } ]
            """)
        let short = recipe.shortened(to: 20)
        #expect(short.stages[0].training.epochs == 20 && short.stages[1].training.epochs == 30)
        #expect(short.stages[0].training.rate.warmup == 1)
        #expect(short.stages[0].training.rate.milestones == [16, 18])
        #expect((short.stages[0].method as? LDAM)?.deferred == 16)
        for epochs in [1, 2, 3, 7] { #expect(recipe.shortened(to: epochs).conflicts().isEmpty, "\(epochs)") }
        #expect(recipe.shortened(to: 500) == recipe)
    }
}
