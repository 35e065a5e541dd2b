import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision
import OrderedCollections

/// A recipe on its way through its stages, in a run directory.
///
/// Each stage takes a checkpoint and leaves one. Killed at any moment and made anew over the same run, it goes on and ends with the same bits (same machine type
/// and thread count).
public final class Experiment {
    public let run: Run
    /// What it stands on.
    public let preparation: Preparation
    /// Members of earlier experiments by what decides their weights: looked into before a member is trained.
    let memberStore: MemberStore?
    /// Other processes that work on it, too.
    let crew: Crew?
    private let watch: (TrainingEvent) -> TrainingAnswer
    private(set) var point: ResumePoint
    private var counted = ContinuousClock.now
    private var waiting = WaitingForImages()

    /// The weights that the last stage ended with, so that the next need not read them again.
    private var last: (name: String, checkpoint: Checkpoint)?

    /// The recipe as resolved.
    public var recipe: Recipe { run.recipe }
    /// The images to train on.
    var data: TrainingData { preparation.data }

    /// Takes up a run where it stands.
    ///
    /// - Parameters:
    ///   - run: A run that this process has created or resumed.
    ///   - preparation: What the recipe stands on.
    ///   - members: A folder in which BTM members are shared between runs; nil shares none.
    ///   - crew: The processes that work on it with this one; nil for it alone.
    ///   - watch: A callback for every event; its answer says whether training goes on.
    public init(
        _ run: Run, _ preparation: Preparation, members: String? = nil, crew: Crew? = nil,
        watch: @escaping (TrainingEvent) -> TrainingAnswer = { _ in .continue }
    ) throws(LongTailError) {
        (self.run, self.preparation, self.watch) = (run, preparation, watch)
        let data = preparation.data
        self.crew = crew
        let own = run.layout.members
        func isThere(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder) }
        let shared = (members ?? run.record.members.flatMap { isThere($0) ? $0 : nil }).map { Path($0).absolute }
        memberStore = (shared ?? (crew != nil || isThere(own) ? own : nil)).map(MemberStore.init)
        if let known = run.record.listHash, known != data.listHash {
            throw LongTailError(
                .data,
                "\(run.path): was begun with other images (list \(known.prefix(12)), now \(data.listHash.prefix(12)))",
                remedy: "Give \(Wording.option("data")) the folder that the run was begun with.")
        }
        try Shards.require(run.recipe, crew)
        point = try ResumePoint.read(run.layout.resumePoint) ?? ResumePoint(position: .init(stage: 0))
        try point.check(run.recipe.stages, run.layout.resumePoint)
        try run.dropMetrics(after: point.position)
        try run.update { record in
            (record.listHash, record.members) = (data.listHash, shared)
            (record.classNames, record.classCounts) = (data.counts.names, data.counts.counts)
            if record.notes.isEmpty { record.notes = preparation.notes }
        }
    }

    /// Whether those who watch asked to stop.
    public private(set) var isStopped = false

    /// Whether every stage is done.
    public var isFinished: Bool { point.position.stage >= recipe.stages.count }

    /// Runs the stages that are not done, until those who watch ask to stop.
    public func callAsFunction() throws(LongTailError) {
        let path = run.layout.checkpoint(ModelName.start)
        if point.position == RunPosition(stage: 0), !FileManager.default.fileExists(atPath: path) {
            for note in preparation.notes { try tell(.note(note)) }
            let start = if let known = preparation.start { known } else { try StartingWeights.make(recipe, data) }
            try start.write(to: path)
            last = (ModelName.start, start)
        }
        counted = .now
        while !isFinished, !isStopped {
            let index = point.position.stage
            let stage = recipe.stages[index]
            let input = try model(inputName(stage))
            guard var output = stage.btm == nil ? try runOnce(stage, input) : try runBTM(stage, input) else { break }
            output.info.stage = stage.name
            output.info.listHash = data.listHash
            output.info.recipe = recipe.yaml
            try output.write(to: run.layout.checkpoint(stage.name))
            try save(ResumePoint(position: .init(stage: index + 1)))
            if stage.btm != nil { try? FileManager.default.removeItem(atPath: run.layout.members) }
            last = (stage.name, output)
            try countTime()
        }
        if isStopped, !isFinished {
            try countTime()
            try tell(.note("stopped before its end; the run can be resumed"))
            return
        }
        let workers = LoaderCrew.size(for: data.dataset)
        if let sentence = waiting.sentence(recipe.data, workers: workers) { try tell(.note(sentence)) }
    }

    /// The name of the model that a stage begins with.
    func inputName(_ stage: StageRecipe) -> String {
        let index = point.position.stage
        return stage.from ?? (index == 0 ? ModelName.start : recipe.stages[index - 1].name)
    }

    /// A model that the run has.
    func model(_ name: String) throws(LongTailError) -> Checkpoint {
        if let last, last.name == name { return last.checkpoint }
        return try Checkpoint.read(run.layout.checkpoint(name))
    }

    /// Adds the time since the last call to the record.
    private func countTime() throws(LongTailError) {
        let now = ContinuousClock.now
        let seconds = (now - counted).seconds
        counted = now
        try run.update { $0.trainingSeconds += seconds }
    }

    /// Trains the stage's images once, or computes what its method computes; nil when it was stopped.
    private func runOnce(_ stage: StageRecipe, _ input: Checkpoint) throws(LongTailError) -> Checkpoint? {
        let (images, counts) = try stage.images(of: data)
        let network =
            if let method = stage.method as? any FittedMethod {
                try fit(stage, method, input, on: images, counts: counts)
            } else {
                try train(stage, input, member: nil, on: images, counts: counts)
            }
        return try network.map { (network) throws(LongTailError) in
            try stage.finish(network)
            return try Checkpoint(input.info, network)
        }
    }

    /// A network that a method makes of a checkpoint without training.
    private func fit(
        _ stage: StageRecipe, _ method: any FittedMethod, _ input: Checkpoint, on images: any Dataset,
        counts: ClassCounts
    ) throws(LongTailError) -> Network {
        var network = try input.makeNetwork(recipe.words)
        var draw = WeightInitializer(seed: stage.seed(recipe.seed, member: nil))
        try tell(.note("stage \(stage.name): \(type(of: stage.method).name) trains nothing"))
        try stage.method.passedPrepare(&network, &draw)
        let context = FitContext(
            counts: counts, images: images, validation: data.validation,
            evaluator: Evaluator(recipe, in: recipe.precision), broken: recipe.data.brokenImages,
            say: { (text) throws(LongTailError) in try self.tell(.note(text)) })
        try passing(type(of: method).name) { [network] in try method.fit(network, context) }
        return network
    }

    /// Trains a network from a checkpoint on some images, from the resume point if it stands within; nil when it was
    /// stopped.
    func train(
        _ stage: StageRecipe, _ input: Checkpoint, member: Int?, on images: any Dataset, counts: ClassCounts
    ) throws(LongTailError) -> Network? {
        let crew = member == nil && stage.training.shards > 1 ? crew : nil
        try crew?.begin(stage, input: inputName(stage), at: point.position, listHash: data.listHash, run.layout)
        let training = StageTraining(
            recipe: recipe, stage: stage, input: input, member: member, images: images, counts: counts,
            team: crew?.team,
            earlier: { (name) throws(LongTailError) in try self.model(name).makeNetwork(self.recipe.words) },
            tell: { (event) throws(LongTailError) in try self.tell(event) })
        return try training(from: point) { (next) throws(LongTailError) in try save(next) }
    }

    /// Makes a point the one that a resumed run goes on from.
    func save(_ next: ResumePoint) throws(LongTailError) {
        // First what the point counts as written.
        try run.flushMetrics()
        try next.write(to: run.layout.resumePoint)
        point = next
    }

    /// Tells the log, the metrics and those who watch, and gives what the latter answer.
    @discardableResult
    func tell(_ event: TrainingEvent) throws(LongTailError) -> TrainingAnswer {
        switch event {
        case .epoch(let epoch):
            waiting.add(epoch)
            // Those of members in a store travel with the member, and are written when it is merged.
            if epoch.member == nil || memberStore == nil {
                try run.append(MetricLine(epoch, stage: point.position.stage))
            }
        case .stage(let name, let trained, let frozen, let steps):
            try run.log("stage \(name): \(trained) parameters trained, \(frozen) frozen, \(steps) steps an epoch")
        case .member(let member, let of, let images):
            try run.log("member \(member + 1) of \(of): \(images) images")
        case .note(let text): try run.log(text)
        case .step: break
        }
        try crew?.team.check()
        let answer = watch(event)
        if answer == .stop { isStopped = true }
        return answer
    }
}

extension StageRecipe {
    /// The seed of this stage, or of one of its members: a function of the run's seed and the stage's name, so that a
    /// stage draws the same wherever it stands in a recipe.
    func seed(_ seed: UInt64, member: Int?) -> UInt64 {
        // FNV-1a over the name.
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        var random = CounterRandom(seed: seed, purpose: .stage, epoch: Int(hash), index: (member ?? -1) + 1)
        return random.next()
    }
}
