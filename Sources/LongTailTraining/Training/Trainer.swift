import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailVision

/// The only training loop in the house: epochs of one stage (or of one member of it) on one network.
///
/// Everything random in it is a function of (seed, epoch, sample or step), so that a trainer which starts at any
/// epoch with the network and momentum of that moment does the very same steps.
public final class Trainer {
    /// What a trainer works on.
    public struct Task {
        /// For messages and metrics.
        public let stage: String
        /// The member of a BTM stage.
        public let member: Int?
        /// How it trains.
        public let training: TrainingRecipe
        /// What turns batches into a loss.
        public let method: any TrainingProcedure
        /// Images to train on.
        public let dataset: any Dataset
        /// Counts that the loss sees.
        public let counts: ClassCounts
        /// What each image goes through, and what becomes of broken ones.
        public let pictures: ImageTreatment
        public let precision: ComputePrecision
        /// Seed of this stage and member.
        public let seed: UInt64
        /// The network after an earlier stage, for methods with teachers.
        public let earlier: (String) throws(LongTailError) -> Network

        /// A task of its parts.
        public init(
            stage: String, member: Int? = nil, training: TrainingRecipe, method: any TrainingProcedure,
            dataset: any Dataset, counts: ClassCounts, pictures: ImageTreatment, precision: ComputePrecision = .auto,
            seed: UInt64,
            earlier: @escaping (String) throws(LongTailError) -> Network = { (name) throws(LongTailError) in
                throw LongTailError(.usage, "there is no stage '\(name)' before")
            }
        ) {
            (self.stage, self.member, self.training, self.method) = (stage, member, training, method)
            (self.dataset, self.counts, self.pictures) = (dataset, counts, pictures)
            (self.precision, self.seed, self.earlier) = (precision, seed, earlier)
        }
    }

    private let task: Task
    private let network: Network
    private let optimizer: SGD
    private let session: any MethodSession
    /// For errors of a method that is not the house's.
    private let methodName: String
    private let tensors: DeviceBatches
    private let inputs: [BatchStream]
    private let schedule: Schedule
    private let cache: ImageCache?
    private let crew: LoaderCrew
    private var knownBroken: Set<Int> = []
    /// Steps of an epoch.
    public let steps: Int
    /// Numbers of trained and frozen parameters (elements).
    public let parameterCounts: (trained: Int, frozen: Int)

    /// A trainer of a network that the method has prepared.
    public init(_ task: Task, _ network: Network) throws(LongTailError) {
        guard task.dataset.count > 0 else {
            throw LongTailError(.data, "stage \(task.stage) has no training images")
        }
        (self.task, self.network) = (task, network)
        let training = task.training
        try network.setTrained(by: task.method.rules(training))
        let context = StageContext(
            network: network, training: training, counts: task.counts, seed: task.seed, earlier: task.earlier)
        methodName = type(of: task.method).name
        session = try passing(methodName) { try task.method.session(context) }
        let roles = try network.roles()
        var groups: [Double: [(name: String, parameter: Parameter)]] = [:]
        var (trained, frozen) = (0, 0)
        let own = try session.parameters().map { (name: "session.\($0.name)", parameter: $0.parameter) }
        for entry in try network.parameters() + own {
            guard entry.parameter.tensor.requiresGrad else {
                frozen += entry.parameter.tensor.count
                continue
            }
            trained += entry.parameter.tensor.count
            groups[task.method.learningRateMultiplier(for: roles[entry.name] ?? .session), default: []].append(entry)
        }
        guard trained > 0 else { throw LongTailError(.usage, "stage \(task.stage) trains no parameter at all") }
        parameterCounts = (trained, frozen)
        optimizer = SGD(
            groups.sorted { $0.key < $1.key }.map { SGD.Group($0.value, factor: $0.key) },
            momentum: training.momentum, weightDecay: training.weightDecay, nesterov: training.nesterov)
        tensors = try DeviceBatches(task.dataset.normalization)
        steps = try training.steps(of: task.dataset.count, stage: task.stage) + task.method.extraSteps
        let length = steps * training.batchSize
        let labels = task.dataset.labels
        let main = BatchStream(
            sampler: try training.makeSampler(
                labels: labels, classCount: task.dataset.classNames.count, length: length),
            views: [task.pictures.transform])
        let images = StageImages(
            labels: labels, classCount: task.dataset.classNames.count, length: length,
            size: try task.pictures.transform.outputSize(for: task.dataset))
        inputs = try passing(methodName) { try task.method.inputs(main, of: images) }
        schedule = training.rate.schedule(epochs: training.epochs)
        crew = LoaderCrew(for: task.dataset)
        cache = task.dataset.nativeSize == nil ? ImageCache(limit: task.pictures.cacheBytes) : nil
    }

    /// What the method keeps beside the network, for a checkpoint.
    public func sessionState() throws(LongTailError) -> StateDict { try session.stateDict() }

    /// The optimiser's momentum, for a checkpoint.
    public func momentum() throws(LongTailError) -> StateDict { try optimizer.stateDict() }

    /// Takes up a checkpoint's momentum and what the method kept.
    public func resume(momentum: StateDict, session state: StateDict) throws(LongTailError) {
        if !state.isEmpty { try session.load(state) }
        try optimizer.load(momentum)
    }

    /// Trains the epochs from `first` on; `afterEpoch` is called with the number of finished epochs.
    ///
    /// - Returns: Whether all were trained; false when `tell` answered to stop before.
    @discardableResult
    public func run(
        from first: Int, tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer,
        afterEpoch: (Int) throws(LongTailError) -> Void = { (_) throws(LongTailError) in }
    ) throws(LongTailError) -> Bool {
        var loaders = try self.loaders(first)
        for epoch in first..<max(first, task.training.epochs) {
            guard let last = try runEpoch(epoch, loaders, tell) else { return false }
            // Its first batches are made while this epoch is closed.
            loaders = try self.loaders(epoch + 1)
            try afterEpoch(epoch + 1)
            if last == .stop, epoch + 1 < task.training.epochs { return false }
        }
        return true
    }

    /// The loaders of an epoch; none after the last.
    private func loaders(_ epoch: Int) throws(LongTailError) -> [Loader] {
        var loaders: [Loader] = []
        for index in inputs.indices where epoch < task.training.epochs {
            loaders.append(try loader(index, epoch: epoch))
        }
        return loaders
    }

    /// One epoch; nil when it was stopped within, else the answer to its end.
    private func runEpoch(
        _ epoch: Int, _ loaders: [Loader], _ tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer
    ) throws(LongTailError) -> TrainingAnswer? {
        try setModes()
        try passing(methodName) { try session.begin(epoch: epoch) }
        let training = task.training
        let rate = schedule(epoch: epoch)
        let start = ContinuousClock.now
        var (images, step, tally) = (0, 0, LossTally())
        var watch = Stopwatch()
        while let batches = try next(of: loaders) {
            let main = batches[0]
            watch.lap(\.waiting)
            try self.step(batches, epoch: epoch, step: step, rate: rate, &tally, &watch)
            images += main.count
            let answer = try tell(
                .step(
                    .init(
                        epoch: epoch, epochs: training.epochs, step: step, steps: steps, images: main.count,
                        epochImages: loaders[0].sampleCount)))
            guard answer == .continue else { return nil }
            step += 1
        }
        if let bad = try tally.read() { throw diverged(bad, epoch: epoch) }
        for loader in loaders { try tellPictures(loader, tell, isFirst: epoch == 0) }
        let seconds = max(1e-9, (ContinuousClock.now - start).seconds)
        return try tell(
            .epoch(
                .init(
                    stage: task.stage, member: task.member, epoch: epoch, epochs: training.epochs,
                    loss: tally.mean, rate: rate, imagesPerSecond: Double(images) / seconds,
                    time: watch.time, seconds: seconds)))
    }

    /// The batches of an input in an epoch.
    private func loader(_ index: Int, epoch: Int) throws(LongTailError) -> Loader {
        let (input, training) = (inputs[index], task.training)
        // The last batch of a shuffled pass may be smaller, unless it is dropped; other epochs are whole batches.
        let order = input.sampler.order(epoch: epoch, seed: task.seed)
        return try Loader(
            dataset: task.dataset, order: training.dropLast ? Array(order.prefix(steps * training.batchSize)) : order,
            batchSize: training.batchSize, views: input.views, seed: seed(ofInput: index), epoch: epoch,
            broken: task.pictures.broken, cache: cache, crew: crew)
    }

    /// The seed of an input's augmentation; further inputs that show the same image show it differently.
    private func seed(ofInput index: Int) -> UInt64 {
        guard index > 0 else { return task.seed }
        var random = CounterRandom(seed: task.seed, purpose: .partner, epoch: Int(UInt32.max), index: index)
        return random.next()
    }

    /// A batch of every input, all of one size; nil when one of them has no more.
    private func next(of loaders: [Loader]) throws(LongTailError) -> [Batch]? {
        var batches: [Batch] = []
        for loader in loaders {
            guard let batch = try loader.next() else { return nil }
            batches.append(batch)
        }
        guard let least = batches.map(\.count).min() else { return nil }
        return batches.map { $0.prefix(least) }
    }

    /// Says which images were skipped, each once, and after the first epoch what the cache holds.
    private func tellPictures(
        _ loader: Loader, _ tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer, isFirst: Bool
    ) throws(LongTailError) {
        let broken = loader.broken
        let new = broken.keys.filter { knownBroken.insert($0).inserted }.sorted()
        for index in new {
            _ = try tell(.note("skipped \(task.dataset.identity(of: index)): \(broken[index] ?? "")"))
        }
        if !new.isEmpty { _ = try tell(.note("\(knownBroken.count) images skipped so far in this stage")) }
        guard isFirst, let cache, cache.limit > 0 else { return }
        let filling = cache.filling
        _ = try tell(
            .note(
                "cache: \(filling.pictures) of \(task.dataset.count) images, \(filling.bytes >> 20) of "
                    + "\(cache.limit >> 20) MiB"))
    }

    /// Forward, backward, update; the loss goes into the tally.
    private func step(
        _ batches: [Batch], epoch: Int, step: Int, rate: Double, _ tally: inout LossTally, _ watch: inout Stopwatch
    ) throws(LongTailError) {
        var given: [DeviceBatch] = []
        for batch in batches { given.append(try tensors.all(batch)) }
        watch.lap(\.input)
        let value = try autocast(task.precision.dtype) { () throws(LongTailError) -> Tensor in
            try passing(methodName) {
                try session.loss(given, TrainingStep(epoch: epoch, step: step, seed: task.seed))
            }
        }
        if let bad = try tally.add(value, step: step, batches[0]) { throw diverged(bad, epoch: epoch) }
        try value.backward()
        watch.lap(\.network)
        try optimizer.step(rate: rate)
        watch.lap(\.update)
    }

    private func setModes() throws(LongTailError) {
        try network.setTraining(task.training.batchNorm != .evaluate)
    }

    private func diverged(_ bad: LossTally.Divergence, epoch: Int) -> LongTailError {
        let samples = bad.samples.map { task.dataset.identity(of: $0) }.joined(separator: ", ")
        return LongTailError(
            .training,
            "the loss became \(bad.loss) in stage \(task.stage), epoch \(epoch + 1), step \(bad.step + 1)",
            remedy: """
                The batch began with \(samples). The last good checkpoint is kept.
                Lower rate.base, or train in float32 (--set precision=float32).
                """)
    }
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
