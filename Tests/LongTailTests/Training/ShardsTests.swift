import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Shards of a batch on one process; over processes: CommandTests.
@Suite struct ShardsTests {
    private static let stage = "epochs: 2, batch-size: 7, rate: { base: 1e-6, schedule: constant, warmup: 0 }"

    private func trained(_ keys: String, _ folder: RunFolder, as name: String) throws -> Experiment {
        try tinyRun(tinyRecipe("[pre-train: { \(Self.stage), \(keys) }]"), at: folder.path(name))
    }

    /// How far two ways from one start are apart, as a share of the way.
    private func distance(_ a: StateDict, _ b: StateDict, from start: StateDict) -> Double {
        var (difference, norm) = (0.0, 0.0)
        for (name, tensor) in a where tensor.dtype == .float32 {
            for ((x, y), z) in zip(zip(tensor.doubles, b[name]?.doubles ?? []), start[name]?.doubles ?? []) {
                difference += (x - y) * (x - y)
                norm += (x - z) * (x - z)
            }
        }
        return (difference / norm).squareRoot()
    }

    @Test("Without batch statistics, shards of uneven sizes train what whole batches train", arguments: [2, 3, 4, 7])
    func accumulation(_ shards: Int) throws {
        // 17 images: the last batch has 3, fewer than some numbers of shards.
        let folder = try RunFolder()
        let whole = try trained("batch-norm: evaluate", folder, as: "whole")
        let cut = try trained("batch-norm: evaluate, shards: \(shards)", folder, as: "cut")
        let (first, second) = (try whole.weights("pre-train"), try cut.weights("pre-train"))
        // So small a rate leaves the gradients those of the start.
        let apart = distance(first, second, from: try whole.weights("start"))
        #expect(apart < 1e-3 && apart > 0, "\(apart)")
        let losses = try [whole, cut].map { try $0.run.metricLines().map { $0.loss ?? .nan } }
        for (one, two) in zip(losses[0], losses[1]) { #expect(abs(one - two) < 1e-4 * one) }
    }

    @Test("Running statistics move by the mean of the shards', each with statistics of its own") func statistics()
        throws
    {
        let folder = try RunFolder()
        // One step over 16 of the 17 images, with weights that stay.
        let keys =
            "epochs: 1, batch-size: 16, drop-last: true, weight-decay: 0, rate: { base: 1.0e-12, schedule: constant, warmup: 0 }"
        func run(_ more: String, _ name: String) throws -> Experiment {
            try tinyRun(tinyRecipe("[pre-train: { \(keys)\(more) }]"), at: folder.path(name))
        }
        let cut = try run(", shards: 2", "cut")
        let loader = try Loader(
            dataset: cut.data.dataset,
            order: Array(
                ShuffledSampler(count: 17).order(epoch: 0, seed: cut.recipe.stages[0].seed(0, member: nil)).prefix(16)),
            batchSize: 8, views: [cut.recipe.data.pictures(cut.recipe.stages[0].training).transform],
            seed: cut.recipe.stages[0].seed(0, member: nil))
        var moved: [[Double]] = []
        while let batch = try loader.next() {
            let network = try Checkpoint.read(cut.run.layout.checkpoint("start")).makeNetwork()
            try network.setTraining(true)
            _ = try network(DeviceBatches(cut.data.dataset.normalization).all(batch).images)
            moved.append(try network.stateDict()["bn1.running_var"]?.doubles ?? [])
        }
        let found = try cut.weights("pre-train")["bn1.running_var"]?.doubles ?? []
        try #require(moved.count == 2 && found.count == moved[0].count)
        for (channel, value) in found.enumerated() {
            let expected = (moved[0][channel] + moved[1][channel]) / 2
            #expect(abs(value - expected) < 1e-6 * abs(expected))
        }
        #expect(try cut.weights("pre-train")["bn1.num_batches_tracked"]?.doubles == [1])
        let whole = try run("", "whole").weights("pre-train")["bn1.running_var"]?.doubles ?? []
        #expect(zip(whole, found).contains { abs($0 - $1) > 1e-4 * $0 })
    }

    @Test("PaCo's keys enter the queue in the order of the batch, whatever the shards", arguments: [1, 2, 4])
    func queue(_ shards: Int) throws {
        let folder = try RunFolder()
        let recipe = try tinyRecipe(
            "[pre-train: { method: paco, queue: 11, dimension: 4, epochs: 2, batch-size: 8, shards: \(shards), "
                + "rate: { base: 0.01, schedule: constant, warmup: 0 } }]")
        // The resume point after the first epoch has two steps of 8 images in it.
        let path = folder.path("run")
        var kept: StateDict = [:]
        try tinyRun(recipe, at: path) { event in
            guard case .step(let step) = event, step.epoch == 1, step.step == 0 else { return }
            kept = (try? ResumePoint.read(RunLayout(path).resumePoint))?.session ?? [:]
        }
        let data = try tinyData(recipe)
        let order = ShuffledSampler(count: 17).order(epoch: 0, seed: recipe.stages[0].seed(0, member: nil))
        let labels = order.prefix(16).map { Double(data.dataset.labels[$0]) }
        let queue = try #require(kept["queue_l"]?.doubles)
        // A ring of 11 after 16: the last five places of the second round.
        #expect(queue == Array(labels[11..<16]) + Array(labels[5..<11]))
    }

    @Test("Mixing is drawn for each shard, and with one shard as it ever was") func draws() {
        let one = TrainingStep(epoch: 3, step: 5, seed: 1)
        #expect(one.draw == 5)
        let all = (0..<4).flatMap { step in
            (0..<4).map { TrainingStep(epoch: 0, step: step, seed: 1, shard: $0, of: 4).draw }
        }
        #expect(Set(all).count == 16)
    }

    @Test("Processes that would change the bits are refused with those that would not") func refusals() throws {
        for (shards, processes) in [(4, 1), (4, 2), (4, 4), (6, 2), (1, 1), (12, 4)] {
            try Shards.require(shards, processes)
        }
        for (shards, processes, fitting) in [
            (4, 3, "1, 2, 4: only"), (6, 3, "1, 2: only"), (4, 8, "1, 2, 4, or set shards to a multiple of 8"),
            (5, 5, "1: only"),
        ] {
            let error = #expect(throws: LongTailError.self) { try Shards.require(shards, processes) }
            #expect(error?.remedy?.contains("Start \(fitting)") == true, "\(String(describing: error))")
        }
        let recipe = #expect(throws: LongTailError.self) {
            try tinyRecipe("[pre-train: { epochs: 1, batch-size: 4, shards: 5 }]")
        }
        #expect(
            recipe?.problem.contains("stages[0].pre-train.shards must not be above batch-size (4)") == true,
            "\(String(describing: recipe))")
    }
}
