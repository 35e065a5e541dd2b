import Foundation
import LongTailBasics
import LongTailTorch
import LongTailTraining

extension Crew {
    /// Trains what is missing of a stage's members; false when it was stopped.
    ///
    /// - Parameters:
    ///   - training: The members.
    ///   - input: The name of the model that they begin with.
    ///   - position: Where the run stands.
    ///   - model: The file of a model by its name.
    ///   - isStopped: Whether those who watch asked to stop.
    func train(
        _ training: MemberTraining, input: String, from position: RunPosition, model: (String) -> String,
        isStopped: () -> Bool
    ) throws(LongTailError) -> Bool {
        let asked = training.stage.teachers
        let label = try give(
            .members(
                stage: training.stage.name, place: position.stage, first: position.member,
                folder: Path(training.store.folder).absolute, input: input, models: asked,
                listHash: training.data.listHash), ([input] + asked).map(model))
        return try MemberShift(team: team, label: label, training: training)(
            from: position.member, at: position.stage, isStopped: isStopped)
    }

    /// Brings the others to the training of a stage whose batches have shards.
    ///
    /// - Parameters:
    ///   - stage: The stage.
    ///   - input: The name of the model that it begins with.
    ///   - position: Where the run stands.
    ///   - listHash: The training images.
    ///   - layout: The run's files.
    func begin(
        _ stage: StageRecipe, input: String, at position: RunPosition, listHash: String, _ layout: RunLayout
    ) throws(LongTailError) {
        let isBegun = position.epoch > 0
        try give(
            .shards(
                stage: stage.name, place: position.stage, input: input, models: stage.teachers, isBegun: isBegun,
                listHash: listHash),
            ([input] + stage.teachers).map(layout.checkpoint) + (isBegun ? [layout.resumePoint] : []))
    }

    /// Brings the others to the measuring of weights.
    ///
    /// - Parameters:
    ///   - candidate: The weights.
    ///   - criterion: What measures them.
    ///   - member: The member that led to them.
    ///   - scratch: A file that may be written.
    func measure(
        _ candidate: Checkpoint, by criterion: MergeCriterion, member: Int, scratch: String
    ) throws(LongTailError) {
        try candidate.write(to: scratch)
        defer { unlink(scratch) }
        try give(
            .criterion(
                stage: criterion.stage.name, members: criterion.measured(member), listHash: criterion.data.listHash),
            [scratch])
    }
}

extension Shards {
    /// Refuses a recipe whose shards cannot be divided among the processes.
    static func require(_ recipe: Recipe, _ crew: Crew?) throws(LongTailError) {
        for stage in recipe.stages where stage.btm == nil && stage.training.shards > 1 {
            try require(stage.training.shards, crew?.team.world.size ?? 1, stage: stage.name)
        }
    }
}

extension StageRecipe {
    /// The stages whose networks its method asks.
    var teachers: [String] { (method as? any TrainedMethod)?.teachers ?? [] }
}
