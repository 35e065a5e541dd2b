import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Makes the plan of a recipe on the current device.
package struct Planner {
    /// Steps that are measured of each kind of stage.
    package var steps = 20
    /// Seconds at the most for each measurement; a step under way is waited for.
    package var limit = 30.0

    /// Bytes that are free for a step on the processor; nil for no limit.
    var free = MemoryProbe.free

    /// A planner with the defaults.
    package init() {}

    /// Counts and measures a recipe.
    ///
    /// - Parameters:
    ///   - recipe: What would be run.
    ///   - root: The folder given as `--data`; without the files there the published counts and placeholders serve.
    ///   - say: A callback that is told what is being measured.
    package func plan(
        _ recipe: Recipe, root: String?, say: (String) -> Void = { _ in }
    ) throws(LongTailError) -> Plan {
        let images = try PlannedImages(recipe, root: root)
        let names = images.data.counts.names
        var network = try Network(
            recipe.network.name, classifier: recipe.network.classifier, classes: names.count, seed: recipe.seed)
        let probe = Probe(recipe: recipe, steps: steps, limit: limit, free: free)
        var (stages, known, sizes): ([Plan.Stage], [ProbeKey: Probe.Result], DiskCount) = ([], [:], DiskCount())
        var bottleneck: Plan.Bottleneck?
        var notes = images.note.map { [$0] } ?? []
        if let outlook = TestSetOutlook(labels: images.test.labels) { notes.append(outlook.text + ".") }
        try sizes.add(checkpoint: network)
        var evaluationRate: Double?
        for stage in recipe.stages {
            guard stage.method is any TrainedMethod else {
                notes.append("\(stage.name): trains nothing; it takes about as long as an evaluation.")
                continue
            }
            let count = try StageCount(stage, recipe, images.data)
            try stage.prepare(&network, seed: recipe.seed, member: nil)
            let members = try StageCount.subsets(stage, recipe, images.data)[0]
            let key = ProbeKey(stage, images: count.images, classes: names.count)
            if known[key] == nil {
                say("measuring \(stage.name): at most \(steps) steps or \(Int(limit)) s")
                known[key] = try probe.training(
                    stage, network, on: SubsetDataset(images.data.dataset, indices: members),
                    counts: images.data.counts, images.pictures(stage))
            }
            guard let result = known[key] else { continue }
            if bottleneck == nil {
                bottleneck = try limits(probe, stage, network, images, members, result)
            }
            if evaluationRate == nil {
                say("measuring the evaluation")
                evaluationRate = try probe.evaluation(
                    network, on: images.test, images.preparation, trainingRate: result.imagesPerSecond)
            }
            if result.steps < steps {
                notes.append("\(stage.name): \(result.steps) steps were measured in \(Int(limit)) s, not \(steps).")
            }
            let bytes = try TensorBytes(network, stage.training)
            let whole = min(stage.training.batchSize, count.images)
            if result.batch < whole, let peak = result.peak {
                notes.append(
                    "\(stage.name): a step of \(whole) images would take about \(gigabytes(peak)), more than the "
                        + "\(gigabytes(free ?? 0)) that are free; \(result.batch) at a time were measured. Lower "
                        + "batch-size to train here.")
            }
            stages.append(
                Plan.Stage(
                    name: stage.name, kind: stage.kind.rawValue, members: count.members, images: count.images,
                    stepsPerEpoch: count.stepsPerEpoch, epochs: stage.training.epochs,
                    rate: stage.training.rate.summary, steps: count.steps,
                    trainedParameters: bytes.trained, frozenParameters: bytes.frozen,
                    imagesPerSecond: result.imagesPerSecond,
                    trainingSeconds: Double(count.visits) / result.imagesPerSecond,
                    mergingSeconds: Double(count.measured) / (evaluationRate ?? result.imagesPerSecond),
                    memory: bytes.memory(peak: result.peak), checkpointBytes: bytes.weights))
            sizes.add(stage, bytes)
            try stage.finish(network)
        }
        let models = recipe.stages.count + (recipe.network.checkpoint == nil ? 0 : 1)
        let rate = evaluationRate ?? 1
        return Plan(
            recipe: recipe.name ?? "recipe", device: Device.current.name, threads: Engine.threads,
            data: recipe.data.name.rawValue, hasData: images.isReal, classes: names.count,
            trainingImages: images.data.dataset.count, stages: stages,
            evaluation: Plan.Evaluation(
                models: models, images: images.test.count, imagesPerSecond: rate,
                seconds: Double(models * images.test.count) / rate),
            bottleneck: bottleneck ?? Plan.Bottleneck(readingPerSecond: nil, networkPerSecond: 0),
            disk: sizes.disk,
            notes: notes + ["Times are those of this machine as it is now: what else runs on it counts."])
    }

    private func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) / 1e9) }

    /// Reading and network, each alone.
    private func limits(
        _ probe: Probe, _ stage: StageRecipe, _ network: Network, _ images: PlannedImages, _ members: [Int],
        _ whole: Probe.Result
    ) throws(LongTailError) -> Plan.Bottleneck {
        guard images.isReal else {
            return Plan.Bottleneck(readingPerSecond: nil, networkPerSecond: whole.imagesPerSecond)
        }
        let alone = try probe.training(
            stage, network, on: SubsetDataset(images.placeholders, indices: members), counts: images.data.counts,
            .asTheyAre)
        return Plan.Bottleneck(
            readingPerSecond: try probe.reading(
                images.data.dataset, images.pictures(stage), batchSize: stage.training.batchSize),
            networkPerSecond: alone.imagesPerSecond)
    }
}

/// What decides how long a step takes: stages alike in it are measured once.
private struct ProbeKey: Hashable {
    private let method: String
    private let part: String
    private let batchNorm: String
    private let batch: Int
    private let isMixed: Bool
    private let augmentation: String
    private let adapters: String
    private let recomputes: Bool

    init(_ stage: StageRecipe, images: Int, classes: Int) {
        (method, part) = (type(of: stage.method).name, stage.training.trains.rawValue)
        batchNorm = stage.training.batchNorm.rawValue
        batch = min(stage.training.batchSize, images)
        isMixed = stage.training.mixup > 0
        augmentation = stage.training.augmentation.map { "\($0)" } ?? ""
        adapters = stage.training.trainedAdapters.map { "\($0)" } ?? ""
        recomputes = stage.training.recompute
    }
}
