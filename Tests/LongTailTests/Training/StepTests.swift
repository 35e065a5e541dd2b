import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Twenty steps in the one trainer under every key that changes a step, against PyTorch (scripts/fixtures/steps.py).
@Suite struct StepTests {
    /// What a step sees is a formula's, whatever the loader gives.
    private struct FormulaProcedure: TrainingProcedure {
        static let name = "formula"

        func session(_ context: StageContext) -> any MethodSession { FormulaSession(context.network) }
    }

    private final class FormulaSession: MethodSession {
        private let network: Network

        init(_ network: Network) { self.network = network }

        func loss(_ batches: [DeviceBatch], _ step: TrainingStep) throws(LongTailError) -> Tensor {
            let number = 5 * step.epoch + step.step
            let images = try Formula.tensor(1000 + number, [4, 3, 64, 64], scale: 2, dtype: .float64)
            return try network(images).crossEntropy(Formula.labels(number, classes: 10))
        }
    }

    private func network() throws -> Network {
        var plan = VisionTransformer.Plan(32, depth: 2, heads: 4, patch: 16)
        plan.image = 64
        var draw = WeightInitializer.zeros
        let network = try Network(backbone: VisionTransformer(plan, &draw), classifier: .linear, classes: 10, &draw)
        try network.convert(to: .float64)
        try Formula.fill(network)
        return network
    }

    private func trainer(_ keys: String, _ network: Network) throws -> Trainer {
        try Engine.setThreads(1)
        // 17 images: five steps of four.
        let recipe = try tinyRecipe("[pre-train: { epochs: 4, batch-size: 4, \(keys) }]")
        let data = try tinyData(recipe)
        return try Trainer(
            .init(
                stage: "pre-train", training: recipe.stages[0].training, method: FormulaProcedure(),
                dataset: data.dataset, counts: data.counts, pictures: recipe.data.pictures(recipe.stages[0].training),
                precision: .float32, seed: 0), network)
    }

    private static let adam = "optimizer: adamw, decays: matrices, weight-decay: 0.05"
    private static let slow = "rate: { base: 1e-3, schedule: cosine, warmup: 0 }"
    private static let sgd = "weight-decay: 5e-4, rate: { base: 0.05, schedule: cosine, warmup: 0 }"
    static let settings = [
        "adamw": "\(adam), betas: [0.9, 0.95], \(slow)", "layer-decay": "\(adam), layer-decay: 0.7, \(slow)",
        "clip": "clip: 0.05, weight-decay: 5e-4, rate: { base: 0.1, schedule: cosine, warmup: 0 }",
        "unit": "weight-decay: 5e-4, rate: { base: 0.05, schedule: cosine, warmup: 1, unit: step }",
        "ema": "average: ema, average-decay: 0.9, \(sgd)", "swa": "average: swa, average-from: 0.5, \(sgd)",
        "sam": "sam: 0.05, \(sgd)",
        "all":
            "\(adam), layer-decay: 0.7, clip: 0.05, average: ema, average-decay: 0.9, sam: 0.05, "
            + "rate: { base: 1e-3, schedule: cosine, warmup: 1, unit: step }",
    ]

    @Test("Twenty steps lead to PyTorch's weights", arguments: settings.keys.sorted()) func weights(_ name: String)
        throws
    {
        let fixture = try parityFixture("LongTailTests/Fixtures/steps")
        let network = try network()
        try trainer(#require(Self.settings[name]), network).run(from: 0) { (_) throws(LongTailError) in .continue }
        let expected = try #require(fixture[name]).doubles
        let tensors = try network.namedTensors().sorted { $0.name < $1.name }
        try #require(expected.count == 2 * tensors.count)
        var worst = WorstError()
        for (k, (name, tensor)) in tensors.enumerated() {
            let values = try tensor.host().doubles
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let product = zip(values, Formula.uniform(2000 + k, values.count)).reduce(0) { $0 + $1.0 * $1.1 }
            let length = hypot(expected[2 * k], expected[2 * k + 1])
            worst.note(name, hypot(norm - expected[2 * k], product - expected[2 * k + 1]) / length)
        }
        #expect(worst.value < 1e-9, "\(worst)")
    }

    @Test(
        "A stage that goes on after any epoch ends with the bits of an unbroken one", arguments: settings.keys.sorted())
    func resumed(_ name: String) throws {
        let keys = try #require(Self.settings[name])
        let unbroken = try network()
        var kept: [(network: StateDict, momentum: StateDict)] = []
        let whole = try trainer(keys, unbroken)
        try whole.run(from: 0) { (_) throws(LongTailError) in
            .continue
        } afterEpoch: { (_) throws(LongTailError) in
            kept.append((try unbroken.stateDict(), try whole.momentum()))
        }
        for epoch in 1..<4 {
            let network = try network()
            try network.load(kept[epoch - 1].network)
            let rest = try trainer(keys, network)
            try rest.resume(momentum: kept[epoch - 1].momentum, session: [:])
            try rest.run(from: epoch) { (_) throws(LongTailError) in .continue }
            #expect(try network.stateDict() == unbroken.stateDict(), "from epoch \(epoch)")
        }
    }

    @Test("Blocks are left out as often as is said, by a draw that seed, epoch and step alone decide") func dropPath()
        throws
    {
        let network = try network()
        try network.setTraining(true)
        let images = try Formula.tensor(1, [64, 3, 64, 64], scale: 2, dtype: .float64)
        func features(_ epoch: Int, _ index: Int, seed: UInt64 = 3) throws -> [Double] {
            try withoutGradients { () throws(LongTailError) in
                try network.withDropPath(seed: seed, epoch: epoch, index: index) { () throws(LongTailError) in
                    try network.backbone(images)
                }
            }.host().doubles
        }
        let plain = try features(0, 0)
        try network.setDropPath(0.5)
        let first = try features(0, 0)
        #expect(try first != plain && first == features(0, 0))
        #expect(try first != features(0, 1) && first != features(1, 0) && first != features(0, 0, seed: 4))
        // Outside of a step nothing is left out.
        #expect(try network.backbone(images).host().doubles == plain)
        // Of the last block either half is left out or what is added doubles: no image has the features that it had.
        let rows = stride(from: 0, to: 64 * 32, by: 32).count {
            Array(first[$0..<$0 + 32]) != Array(plain[$0..<$0 + 32])
        }
        #expect(rows == 64)
    }

    @Test("What cannot be is refused") func refusals() throws {
        for (keys, words) in [
            ("clip: 0", "must be from 1e-06 to 1"), ("betas: [0.9]", "must be two numbers from 0 to below 1"),
            ("betas: [0.9, 1]", "must be two numbers"), ("optimizer: adamw, nesterov: true", "nesterov is SGD's"),
            ("optimizer: adam", "cannot be 'adam'"), ("drop-path: 1", "must be from 0.0 to 0.9"),
            ("average: swa, sam: 0.05", "stands beside average: swa"), ("layer-decay: 0", "must be from 0.01 to 1"),
        ] {
            let error = #expect(throws: LongTailError.self) {
                try tinyRecipe("[pre-train: { epochs: 4, batch-size: 4, \(keys) }]")
            }
            #expect(error?.problem.contains(words) == true, "\(keys): \(String(describing: error))")
        }
        var draw = WeightInitializer.zeros
        let residual = try Network(.resnet20, classifier: .linear, classes: 3, &draw)
        let error = #expect(throws: LongTailError.self) { try trainer("drop-path: 0.1", residual) }
        #expect(error?.problem.contains("resnet20 has none that can be left out") == true)
    }
}
