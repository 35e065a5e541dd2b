import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// The members of a BTM stage, trained one by one into a store: what a run does before it merges them, and what other
/// processes do for it.
///
/// A member is a function of input, recipe, images and its number, at equal threads and kind of processor: who trains it does not
/// matter.
struct MemberTraining {
    let recipe: Recipe
    let stage: StageRecipe
    let btm: BTMRecipe
    let input: Checkpoint
    let data: TrainingData
    let store: MemberStore
    private let form: MemberForm
    /// What each member is filed under; made once, because it goes over all of the input.
    private let keys: [String]
    private let criterion: MergeCriterion
    private let earlier: (String) throws(LongTailError) -> Network
    private let tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer

    init(
        _ recipe: Recipe, _ stage: StageRecipe, _ input: Checkpoint, _ data: TrainingData, _ store: MemberStore,
        base: String, earlier: @escaping (String) throws(LongTailError) -> Network,
        tell: @escaping (TrainingEvent) throws(LongTailError) -> TrainingAnswer
    ) throws(LongTailError) {
        guard let btm = stage.btm else { throw LongTailError(.usage, "stage \(stage.name) is no BTM stage") }
        (self.recipe, self.stage, self.btm, self.input, self.data) = (recipe, stage, btm, input, data)
        (self.store, self.earlier, self.tell) = (store, earlier, tell)
        form = try MemberForm(stage, input, named: base)
        keys = (0..<btm.members).map {
            MemberStore.key(stage, input, recipe, listHash: data.listHash, member: $0)
        }
        criterion = MergeCriterion(recipe: recipe, stage: stage, btm: btm, data: data, members: [])
    }

    /// What a member is filed under.
    func key(_ member: Int) -> String { keys[member] }

    /// Whether a member is in the store.
    func has(_ member: Int) -> Bool { store.has(key(member)) }

    /// Trains a member, from its last whole epoch if it was broken off, and keeps it; nil when it was stopped.
    func callAsFunction(_ member: Int, at position: Int) throws(LongTailError) -> TrainedMember? {
        let key = key(member)
        let file = store.resumePoint(key)
        var point = ResumePoint(position: .init(stage: position, member: member))
        if let damaged = store.damaged(key) {
            _ = try tell(.note("member \(member + 1) is trained anew: \(damaged) is damaged"))
        }
        do throws(LongTailError) { point = try ResumePoint.read(file) ?? point } catch {
            guard error.kind == .checkpoint else { throw error }
            _ = try tell(.note("member \(member + 1) is trained from its beginning: \(error.problem)"))
        }
        var origin = MemberOrigin(recipe)
        if let before = point.origin, before.sentence != origin.sentence {
            _ = try tell(
                .note(
                    "member \(member + 1) goes on with \(origin.sentence) and was begun with \(before.sentence): its last bits "
                        + "are of neither"))
        }
        origin.metrics = point.origin?.metrics ?? []
        let images = try SubsetDataset(data.dataset, indices: try criterion.subset(member))
        let training = StageTraining(
            recipe: recipe, stage: stage, input: input, member: member, images: images,
            counts: try ClassCounts(names: data.counts.names, labels: images.labels), earlier: earlier,
            tell: { [tell] (event) throws(LongTailError) in
                if case .epoch(let epoch) = event { origin.metrics.append(MetricLine(epoch, stage: position)) }
                return try tell(event)
            })
        let network = try training(from: point) { (next) throws(LongTailError) in
            point = next
            point.origin = origin
            try point.write(to: file)
        }
        guard let network else { return nil }
        try Self.check(network, stage, input)
        let trained = TrainedMember(
            checkpoint: try form.kept(network), origin: origin)
        try store.keep(trained, key)
        return trained
    }

    /// Refuses a network that has nothing in common with the stage's input to be merged.
    static func check(_ network: Network, _ stage: StageRecipe, _ input: Checkpoint) throws(LongTailError) {
        var (own, before) = (network.design, input.info.design)
        own?.adapters = nil
        before.adapters = nil
        guard own == before else {
            throw LongTailError(
                .usage,
                "stage \(stage.name): \(type(of: stage.method).name) builds the network anew, so that there is "
                    + "nothing in common to merge",
                remedy: "Train with that method in a stage before, and put another method into btm (method: ce).")
        }
    }
}
