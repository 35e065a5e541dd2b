import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// The training of a stage's network, or of one of its members, from a checkpoint on some images.
struct StageTraining {
    let recipe: Recipe
    let stage: StageRecipe
    let input: Checkpoint
    /// The member of a BTM stage, from 0; nil for anything else.
    let member: Int?
    let images: any Dataset
    let counts: ClassCounts
    /// The processes that share the shards of its batches; nil for this one alone.
    var team: Team?
    /// The network after an earlier stage, for methods with teachers.
    let earlier: (String) throws(LongTailError) -> Network
    /// Hears what happens, and says whether training goes on.
    let tell: (TrainingEvent) throws(LongTailError) -> TrainingAnswer

    /// Trains to the end, from `point` if that stands within; nil when it was stopped.
    ///
    /// - Parameters:
    ///   - point: Where it stands: epochs done, and the tensors of that moment.
    ///   - save: Keeps a later point, after each epoch but the last.
    func callAsFunction(
        from point: ResumePoint, save: (ResumePoint) throws(LongTailError) -> Void
    ) throws(LongTailError) -> Network? {
        guard let method = stage.method as? any TrainedMethod else {
            throw LongTailError(
                .usage, "stage \(stage.name): \(type(of: stage.method).name) neither trains nor fits anything")
        }
        let seed = stage.seed(recipe.seed, member: member)
        var network = try input.makeNetwork(recipe.words)
        try stage.prepare(&network, seed: recipe.seed, member: member)
        let first = point.position.epoch
        if first > 0 { try network.load(point.network) }
        let trainer = try Trainer(
            .init(
                stage: stage.name, member: member, training: stage.training, method: method, dataset: images,
                counts: counts, pictures: recipe.data.pictures(stage.training), precision: recipe.precision, seed: seed,
                team: team, earlier: earlier),
            network)
        try trainer.resume(momentum: point.momentum, session: point.session)
        if member == nil || member == 0 {
            let count = trainer.parameterCounts
            _ = try tell(
                .stage(name: stage.name, trained: count.trained, frozen: count.frozen, steps: trainer.steps))
        }
        if let member, let btm = stage.btm { _ = try tell(.member(member, of: btm.members, images: images.count)) }
        let isDone = try trainer.run(from: first) { (event) throws(LongTailError) in
            try tell(event)
        } afterEpoch: { (finished) throws(LongTailError) in
            guard finished < stage.training.epochs else { return }
            var next = point
            next.position.epoch = finished
            next.network = try network.stateDict()
            next.session = try trainer.sessionState()
            next.momentum = try trainer.momentum()
            try save(next)
        }
        return isDone ? network : nil
    }
}
