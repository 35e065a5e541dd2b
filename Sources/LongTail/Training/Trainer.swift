import Basics
import Foundation
import Serialization
import Torch
import Vision

/// The only training loop in the house: epochs of one stage (or of one member of it) on one network.
///
/// Everything random in it is a function of (seed, epoch, sample or step), so that a trainer which starts at any
/// epoch with the network and momentum of that moment does the very same steps.
final class Trainer {
    /// What a trainer works on.
    struct Task {
        /// For messages and metrics.
        let stage: String
        /// The member of a BTM stage.
        let member: Int?
        let training: TrainingRecipe
        let method: any Method
        /// Images to train on.
        let dataset: any Dataset
        /// Counts that the loss sees.
        let counts: ClassCounts
        /// What each image goes through, and what becomes of broken ones.
        let pictures: PictureTreatment
        let precision: Precision
        /// Seed of this stage and member.
        let seed: UInt64
    }

    private let task: Task
    private let network: Network
    private let optimizer: SGD
    private let loss: any Loss
    private let input: InputTensors
    private let sampler: any Sampler
    private let schedule: Schedule
    private let trainsBackbone: Bool
    private let cache: PictureCache?
    private var knownBroken: Set<Int> = []
    /// Steps of an epoch.
    let steps: Int
    /// Numbers of trained and frozen parameters (elements).
    let parameterCounts: (trained: Int, frozen: Int)

    /// A trainer of a network that the method has prepared.
    init(_ task: Task, _ network: Network) throws(Failure) {
        guard task.dataset.count > 0 else {
            throw Failure(.data, "stage \(task.stage) has no training images")
        }
        (self.task, self.network) = (task, network)
        let training = task.training
        let normalizations = try network.normalizationNames()
        try network.setTrained { training.isTrained($0, isNormalization: normalizations.contains($0)) }
        var groups: [Double: [(name: String, parameter: Parameter)]] = [:]
        var (trained, frozen) = (0, 0)
        for entry in try network.parameters() {
            guard entry.parameter.tensor.requiresGrad else {
                frozen += entry.parameter.tensor.count
                continue
            }
            trained += entry.parameter.tensor.count
            groups[task.method.rateFactor(of: entry.name), default: []].append(entry)
        }
        guard trained > 0 else { throw Failure(.usage, "stage \(task.stage) trains no parameter at all") }
        parameterCounts = (trained, frozen)
        trainsBackbone = training.trains != .classifier
        optimizer = SGD(
            groups.sorted { $0.key < $1.key }.map { SGD.Group($0.value, factor: $0.key) },
            momentum: training.momentum, weightDecay: training.weightDecay, nesterov: training.nesterov)
        loss = try task.method.loss(for: task.counts)
        input = try InputTensors(task.dataset.normalization)
        steps = (task.dataset.count + training.batchSize - 1) / training.batchSize + task.method.extraSteps
        sampler = training.makeSampler(
            labels: task.dataset.labels, classCount: task.dataset.classNames.count, length: steps * training.batchSize)
        schedule = training.rate.schedule(epochs: training.epochs)
        cache = task.dataset.nativeSize == nil ? PictureCache(limit: task.pictures.cacheBytes) : nil
    }

    /// The optimiser's momentum, for a checkpoint.
    func momentum() throws(Failure) -> StateDict { try optimizer.stateDict() }

    /// Takes up a checkpoint's momentum.
    func resume(momentum: StateDict) throws(Failure) { try optimizer.load(momentum) }

    /// Trains the epochs from `first` on; `afterEpoch` is called with the number of finished epochs.
    func run(
        from first: Int, tell: (TrainingEvent) throws(Failure) -> Void, afterEpoch: (Int) throws(Failure) -> Void
    ) throws(Failure) {
        for epoch in first..<max(first, task.training.epochs) {
            try runEpoch(epoch, tell)
            try afterEpoch(epoch + 1)
        }
    }

    private func runEpoch(_ epoch: Int, _ tell: (TrainingEvent) throws(Failure) -> Void) throws(Failure) {
        try setModes()
        let training = task.training
        let rate = schedule(epoch: epoch)
        // The last batch of a shuffled pass may be smaller; a class-aware epoch is cut to whole batches.
        let order = sampler.order(epoch: epoch, seed: task.seed)
        let loader = try Loader(
            dataset: task.dataset, order: order, batchSize: training.batchSize,
            views: [task.pictures.transform], seed: task.seed, epoch: epoch, broken: task.pictures.broken,
            cache: cache, workers: 1, prefetch: 4)
        let start = ContinuousClock.now
        var (images, step, tally) = (0, 0, LossTally())
        var watch = Stopwatch()
        while let batch = try loader.next() {
            try self.step(batch, epoch: epoch, step: step, rate: rate, &tally, &watch)
            images += batch.count
            try tell(
                .step(
                    .init(
                        epoch: epoch, epochs: training.epochs, step: step, steps: steps, images: batch.count,
                        epochImages: order.count)))
            step += 1
        }
        if let bad = try tally.read() { throw diverged(bad, epoch: epoch) }
        try tellPictures(loader, tell, isFirst: epoch == 0)
        let seconds = max(1e-9, (ContinuousClock.now - start).seconds)
        try tell(
            .epoch(
                .init(
                    stage: task.stage, member: task.member, epoch: epoch, epochs: training.epochs,
                    loss: tally.mean, rate: rate, imagesPerSecond: Double(images) / seconds,
                    time: watch.time)))
    }

    /// Says which images were skipped, each once, and after the first epoch what the cache holds.
    private func tellPictures(
        _ loader: Loader, _ tell: (TrainingEvent) throws(Failure) -> Void, isFirst: Bool
    ) throws(Failure) {
        let broken = loader.broken
        let new = broken.keys.filter { knownBroken.insert($0).inserted }.sorted()
        for index in new {
            try tell(.note("skipped \(task.dataset.identity(of: index)): \(broken[index] ?? "")"))
        }
        if !new.isEmpty { try tell(.note("\(knownBroken.count) images skipped so far in this stage")) }
        guard isFirst, let cache, cache.limit > 0 else { return }
        let filling = cache.filling
        try tell(
            .note(
                "cache: \(filling.pictures) of \(task.dataset.count) images, \(filling.bytes >> 20) of "
                    + "\(cache.limit >> 20) MiB"))
    }

    /// Forward, backward, update; the loss goes into the tally.
    private func step(
        _ batch: Batch, epoch: Int, step: Int, rate: Double, _ tally: inout LossTally, _ watch: inout Stopwatch
    ) throws(Failure) {
        var (images, targets) = try input(batch)
        let mixup = try Mixup(
            alpha: task.training.mixup, count: batch.count, seed: task.seed, epoch: epoch, step: step)
        if let mixup { images = try mixup.images(images) }
        watch.lap(\.input)
        let value = try autocast(task.precision.dtype) { () throws(Failure) -> Tensor in
            let logits = try network.classifier(features(images)).to(.float32)
            guard let mixup else { return try loss(logits, targets) }
            return try mixup.loss(loss, logits, targets)
        }
        if let bad = try tally.add(value, step: step, batch) { throw diverged(bad, epoch: epoch) }
        try value.backward()
        watch.lap(\.network)
        try optimizer.step(rate: rate)
        watch.lap(\.update)
    }

    private func features(_ images: Tensor) throws(Failure) -> Tensor {
        guard !trainsBackbone else { return try network.backbone(images) }
        return try withoutGradients { () throws(Failure) in try network.backbone(images) }
    }

    private func setModes() throws(Failure) {
        try network.setTraining(task.training.batchNorm != .evaluate)
    }

    private func diverged(_ bad: LossTally.Divergence, epoch: Int) -> Failure {
        let samples = bad.samples.map { task.dataset.identity(of: $0) }.joined(separator: ", ")
        return Failure(
            .training,
            "the loss became \(bad.loss) in stage \(task.stage), epoch \(epoch + 1), step \(bad.step + 1)",
            remedy: """
                The batch began with \(samples). The last good checkpoint is kept.
                Lower rate.base, or train in float32 (--set precision=float32).
                """)
    }
}

/// What is done to training images between file and network.
struct PictureTreatment {
    var transform: Transform
    var broken = BrokenImages.stop
    /// Bytes of decoded photographs that are kept from epoch to epoch.
    var cacheBytes = 0
}

/// Adds up what passes between laps.
struct Stopwatch {
    private(set) var time = TrainingEvent.Time()
    private var last = ContinuousClock.now

    /// Counts the time since the last lap, or since the beginning, for a part.
    mutating func lap(_ part: WritableKeyPath<TrainingEvent.Time, Double>) {
        let now = ContinuousClock.now
        time[keyPath: part] += (now - last).seconds
        last = now
    }
}

extension Duration {
    /// As a number of seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Precision {
    /// The type of autocast.
    var dtype: DType { self == .bfloat16 ? .bfloat16 : .float32 }
}

extension TrainingRecipe {
    /// Whether the optimiser holds a parameter of this name, unless the network has frozen it.
    func isTrained(_ name: String, isNormalization: Bool) -> Bool {
        let inClassifier = name.hasPrefix("fc.") || name == "learned_norm"
        if batchNorm == .shift, !inClassifier, isNormalization { return false }
        return switch trains {
        case .all: true
        case .backbone: !inClassifier
        case .classifier: inClassifier
        }
    }

    /// The order of this stage's epochs; `length` is that of a class-aware epoch.
    func makeSampler(labels: [Int], classCount: Int, length: Int) -> any Sampler {
        switch sampler {
        case .shuffled: ShuffledSampler(count: labels.count)
        case .classAware:
            ClassAwareSampler(labels: labels, classCount: classCount, imagesPerDraw: imagesPerDraw, length: length)
        }
    }
}

extension RateRecipe {
    /// The rate of every epoch of a stage.
    func schedule(epochs: Int) -> Torch.Schedule {
        let main: Torch.Schedule =
            switch schedule {
            case .constant: .constant(base)
            case .cosine: .cosine(base, epochs: epochs)
            case .steps: .steps(base, milestones: milestones, factor: factor)
            }
        return main.warmedUp(base, epochs: warmup)
    }
}
