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
        /// The processes that share the shards of a batch; nil for this one alone.
        public let team: Team?
        /// The network after an earlier stage, for methods with teachers.
        public let earlier: (String) throws(LongTailError) -> Network

        /// A task of its parts.
        public init(
            stage: String, member: Int? = nil, training: TrainingRecipe, method: any TrainingProcedure,
            dataset: any Dataset, counts: ClassCounts, pictures: ImageTreatment, precision: ComputePrecision = .auto,
            seed: UInt64, team: Team? = nil,
            earlier: @escaping (String) throws(LongTailError) -> Network = { (name) throws(LongTailError) in
                throw LongTailError(.usage, "there is no stage '\(name)' before")
            }
        ) {
            (self.stage, self.member, self.training, self.method) = (stage, member, training, method)
            (self.dataset, self.counts, self.pictures) = (dataset, counts, pictures)
            (self.precision, self.seed, self.team, self.earlier) = (precision, seed, team, earlier)
        }
    }

    private let task: Task
    private let network: Network
    private let optimizer: any Optimizer
    private let average: WeightAverage?
    private let session: any MethodSession
    /// For errors of a method that is not the house's.
    private let methodName: String
    private let tensors: DeviceBatches
    private let inputs: [BatchStream]
    /// Where a batch has more than one.
    private let shards: Shards?
    private let schedule: Schedule
    private let cache: ImageCache?
    private let crew: LoaderCrew
    private var knownBroken: Set<Int> = []
    private var isAskedToStop = false
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
        let own = try session.parameters().map { (name: "session.\($0.name)", parameter: $0.parameter) }
        let found = try ParameterGroups(network, beside: own, training) {
            task.method.learningRateMultiplier(for: $0)
        }
        guard found.counts.trained > 0 else {
            throw LongTailError(.usage, "stage \(task.stage) trains no parameter at all")
        }
        parameterCounts = found.counts
        optimizer = training.makeOptimizer(found.groups)
        average =
            training.average == .none ? nil : try WeightAverage(training, of: [("", network), ("session.", session)])
        guard try network.setDropPath(training.dropPath) || training.dropPath == 0 else {
            throw LongTailError(
                .usage,
                "stage \(task.stage): drop-path leaves out blocks, and this network has none that can be left out",
                remedy: "Set drop-path to 0; transformers, ConvNeXts and EfficientNets have such blocks.")
        }
        guard network.setRecompute(training.recompute) || !training.recompute else {
            throw LongTailError(
                .usage,
                "stage \(task.stage): recompute runs blocks twice, and this network's have statistics that would move twice",
                remedy: "Set recompute to false; transformers and ConvNeXts have blocks that can be run twice.")
        }
        shards =
            training.shards > 1
            ? try Shards(
                training.shards, task.team, optimizer.parameters.map(\.parameter), of: network, session) : nil
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
        schedule = training.rate.schedule(epochs: training.epochs, steps: steps)
        crew = LoaderCrew(for: task.dataset)
        cache = task.dataset.nativeSize == nil ? ImageCache(limit: task.pictures.cacheBytes) : nil
    }

    /// What the method keeps beside the network, for a checkpoint.
    public func sessionState() throws(LongTailError) -> StateDict { try session.stateDict() }

    /// What the optimiser and an average remember, for a checkpoint.
    public func momentum() throws(LongTailError) -> StateDict {
        var state = try optimizer.stateDict()
        if let average { state.merge(try average.stateDict()) { first, _ in first } }
        return state
    }

    /// Takes up a checkpoint's momentum and what the method kept.
    public func resume(momentum: StateDict, session state: StateDict) throws(LongTailError) {
        if !state.isEmpty { try session.load(state) }
        try optimizer.load(momentum.filter { !$0.key.hasPrefix(WeightAverage.prefix) })
        try average?.load(momentum)
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
            if last == .stop, epoch + 1 < task.training.epochs, try isStopped() { return false }
        }
        try average?.apply()
        return true
    }

    /// Whether an answer to stop is followed at once; where processes share the shards, all of them do after the next step.
    private func isStopped() throws(LongTailError) -> Bool {
        isAskedToStop = true
        return shards == nil || task.team == nil
    }

    /// The loaders of an epoch, which have batches of the same sizes; none after the last.
    private func loaders(_ epoch: Int) throws(LongTailError) -> [Loader] {
        guard epoch < task.training.epochs else { return [] }
        var orders = inputs.map { $0.sampler.order(epoch: epoch, seed: task.seed) }
        // The last batch of a shuffled pass may be smaller, unless it is dropped; other epochs are whole batches.
        let length = task.training.dropLast ? steps * task.training.batchSize : Int.max
        let least = orders.map(\.count).min() ?? 0
        orders = orders.map { Array($0.prefix(min(length, least))) }
        var loaders: [Loader] = []
        for (index, order) in orders.enumerated() { loaders.append(try loader(index, order, epoch: epoch)) }
        return loaders
    }

    /// One epoch; nil when it was stopped within, else the answer to its end.
    private func runEpoch(
        _ epoch: Int, _ loaders: [Loader], _ tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer
    ) throws(LongTailError) -> TrainingAnswer? {
        try setModes()
        try passing(methodName) { try session.begin(epoch: epoch) }
        let training = task.training
        let isStepwise = training.rate.unit == .step
        var rate = schedule(epoch: isStepwise ? epoch * steps : epoch)
        let start = ContinuousClock.now
        var (images, step, tally) = (0, 0, LossTally())
        var watch = Stopwatch()
        while let batches = try next(of: loaders) {
            watch.lap(\.waiting)
            let samples = loaders[0].indices(ofBatch: step)
            let place = TrainingStep(epoch: epoch, step: step, seed: task.seed)
            if isStepwise { rate = schedule(epoch: epoch * steps + step) }
            guard try self.step(batches, samples, place, rate: rate, &tally, &watch) else { return nil }
            images += samples.count
            let answer = try tell(
                .step(
                    .init(
                        epoch: epoch, epochs: training.epochs, step: step, steps: steps, images: samples.count,
                        epochImages: loaders[0].sampleCount)))
            if answer == .stop, try isStopped() { return nil }
            step += 1
        }
        if let bad = try tally.read() { throw diverged(bad, epoch: epoch) }
        try average?.finished(epoch)
        let broken = try task.team?.compared(epoch, optimizer, network, task.stage, loaders.map(\.broken))
        for (index, loader) in loaders.enumerated() {
            try tellPictures(broken?[index] ?? loader.broken, tell, isFirst: epoch == 0)
        }
        let seconds = max(1e-9, (ContinuousClock.now - start).seconds)
        return try tell(
            .epoch(
                .init(
                    stage: task.stage, member: task.member, epoch: epoch, epochs: training.epochs,
                    loss: tally.mean, rate: rate, imagesPerSecond: Double(images) / seconds,
                    time: watch.time, seconds: seconds)))
    }

    /// The batches of an input in an epoch.
    private func loader(_ index: Int, _ order: [Int], epoch: Int) throws(LongTailError) -> Loader {
        try Loader(
            dataset: task.dataset, order: order, batchSize: task.training.batchSize, views: inputs[index].views,
            seed: seed(ofInput: index), epoch: epoch, part: shards?.part ?? .whole, broken: task.pictures.broken,
            cache: cache, crew: crew)
    }

    /// The seed of an input's augmentation; further inputs that show the same image show it differently.
    private func seed(ofInput index: Int) -> UInt64 {
        guard index > 0 else { return task.seed }
        var random = CounterRandom(seed: task.seed, purpose: .partner, epoch: Int(UInt32.max), index: index)
        return random.next()
    }

    /// A batch of every input; nil when they have no more.
    private func next(of loaders: [Loader]) throws(LongTailError) -> [Batch]? {
        var batches: [Batch] = []
        for loader in loaders {
            guard let batch = try loader.next() else { return nil }
            batches.append(batch)
        }
        return batches.isEmpty ? nil : batches
    }

    /// Says which images were skipped, each once, and after the first epoch what the cache holds.
    private func tellPictures(
        _ broken: [Int: String], _ tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer, isFirst: Bool
    ) throws(LongTailError) {
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
    ///
    /// - Returns: Whether training goes on; false when a process was asked to stop.
    private func step(
        _ batches: [Batch], _ samples: [Int], _ step: TrainingStep, rate: Double, _ tally: inout LossTally,
        _ watch: inout Stopwatch
    ) throws(LongTailError) -> Bool {
        try autocast(task.precision.dtype) { () throws(LongTailError) in
            try passing(methodName) { try session.begin(step) }
        }
        let first = try gradients(batches, samples.count, step, &watch) { (value) throws(LongTailError) in
            if let bad = try tally.add(value, step: step.step, samples) { throw diverged(bad, epoch: step.epoch) }
        }
        guard !first.isStopped else { return false }
        watch.lap(\.network)
        var gradients = first.gradients
        if task.training.sam > 0 {
            gradients = try sharper(first.gradients) { () throws(LongTailError) in
                try self.gradients(batches, samples.count, step, &watch) { (_) throws(LongTailError) in }.gradients
            }
        }
        if let length = task.training.clip { try clipGradients(gradients, to: length) }
        try optimizer.step(rate: rate, gradients)
        try average?.stepped()
        try passing(methodName) { try session.end(step, session.leavesTrace ? first.traces : []) }
        watch.lap(\.update)
        return true
    }

    /// The gradients of a batch, which the parameters forget; `check` hears the loss, before anything is made of it where no
    /// shards are added up.
    private func gradients(
        _ batches: [Batch], _ images: Int, _ step: TrainingStep, _ watch: inout Stopwatch,
        check: (Tensor) throws(LongTailError) -> Void
    ) throws(LongTailError) -> Shards.Outcome {
        guard let shards else {
            let (value, trace) = try loss(batches, step, &watch)
            try check(value)
            try network.backward(from: value)
            return Shards.Outcome(
                loss: value, gradients: try optimizer.takeGradients(), traces: [trace], isStopped: false)
        }
        let outcome = try shards(
            images: images, wantsStop: isAskedToStop, leavesTrace: session.leavesTrace
        ) { (number) throws(LongTailError) in
            // Where they stand in the part of the batch that this process has.
            let start = shards.part.positions(in: images).lowerBound
            let places = shards.part.shard(number).positions(in: images)
            return try loss(
                batches.map { $0[places.lowerBound - start..<places.upperBound - start] },
                TrainingStep(epoch: step.epoch, step: step.step, seed: step.seed, shard: number, of: shards.count),
                &watch)
        }
        if !outcome.isStopped { try check(outcome.loss) }
        return outcome
    }

    /// The gradients where the loss is worst nearby: a step of `sam` along the first gradients.
    ///
    /// Weights and running statistics are put back. Foret and others 2021, algorithm 1.
    private func sharper(
        _ first: [Tensor?], _ again: () throws(LongTailError) -> [Tensor?]
    ) throws(LongTailError) -> [Tensor?] {
        let found = first.compactMap(\.self)
        let tensors = optimizer.parameters.map(\.parameter.tensor)
        let statistics = try network.namedTensors().map(\.tensor).filter { !$0.requiresGrad }
        var (weights, before): ([Tensor], [Tensor]) = ([], [])
        try withoutGradients { () throws(LongTailError) in
            for tensor in statistics { before.append(try tensor.clone()) }
            for tensor in tensors { weights.append(try tensor.detach().clone()) }
            let scale = try gradientLength(found).add(1e-12).pow(-1).mul(task.training.sam)
            for (tensor, gradient) in zip(tensors, first) {
                if let gradient { _ = try tensor.add_(gradient.mul(scale)) }
            }
        }
        let second = try again()
        try withoutGradients { () throws(LongTailError) in
            for (tensor, old) in zip(tensors, weights) { _ = try tensor.copy_(old) }
            for (tensor, old) in zip(statistics, before) { _ = try tensor.copy_(old) }
        }
        return second
    }

    /// The loss of a batch or shard, and what it leaves behind.
    private func loss(
        _ batches: [Batch], _ step: TrainingStep, _ watch: inout Stopwatch
    ) throws(LongTailError) -> (loss: Tensor, trace: [Tensor]) {
        var given: [DeviceBatch] = []
        for batch in batches { given.append(try tensors.all(batch)) }
        watch.lap(\.input)
        return try autocast(task.precision.dtype) { () throws(LongTailError) in
            try network.withDropPath(seed: step.seed, epoch: step.epoch, index: step.draw) { () throws(LongTailError) in
                try network.withRecompute(task.precision.dtype) { () throws(LongTailError) in
                    try passing(methodName) { (try session.loss(given, step), session.trace) }
                }
            }
        }
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
