import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining

/// What rank 0 tells the other processes, one after the other.
enum CrewOrder: Codable {
    /// A run is at work: where its data set is, and its threads. Its recipe is sent.
    case run(root: String?, threads: Int)
    /// The members of a stage are to be trained. Models are sent: the stage's input, and those that its method asks.
    case members(
        stage: String, place: Int, first: Int, folder: String, input: String, models: [String], listHash: String)
    /// The shards of a stage's batches are to be trained. Models are sent as for members, and the resume point where it stands within.
    case shards(stage: String, place: Int, input: String, models: [String], isBegun: Bool, listHash: String)
    /// Weights that a soup has led to are to be measured, which are sent.
    case criterion(stage: String, member: Int, listHash: String)
    /// A model, which is sent, is to be evaluated: probabilities of test images, or logits of validation images.
    case evaluation(isTest: Bool, listHash: String)
    /// There is no more to do.
    case end
}

/// The processes that work on a run together, as rank 0 leads them.
///
/// The others need neither the run's folder nor its recipe: both are told. Where the folder of members is shared, members lie there;
/// where it is not, each process has its own, and members are sent when they are merged.
public final class Crew {
    let team: Team
    private var orders = 0
    private var run: String?

    /// The crew of a team whose rank 0 this process is.
    init(_ team: Team) { self.team = team }

    /// Tells which run is at work.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - root: Where its data set is.
    func begin(_ run: Run, root: String?) throws(LongTailError) {
        guard self.run != run.path else { return }
        self.run = run.path
        try give(.run(root: root.map { Path($0).absolute }, threads: Engine.threads))
        try team.copy(from: 0, run.layout.recipe)
    }

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
        let label = "\(orders)"
        let asked = training.stage.teachers
        try give(
            .members(
                stage: training.stage.name, place: position.stage, first: position.member,
                folder: Path(training.store.folder).absolute, input: input, models: asked,
                listHash: training.data.listHash))
        for name in [input] + asked { try team.copy(from: 0, model(name)) }
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
                listHash: listHash))
        for name in [input] + stage.teachers { try team.copy(from: 0, layout.checkpoint(name)) }
        if isBegun { try team.copy(from: 0, layout.resumePoint) }
    }

    /// Brings the others to the measuring of weights that a soup has led to.
    ///
    /// - Parameters:
    ///   - candidate: The weights.
    ///   - stage: The BTM stage.
    ///   - member: The member that led to them.
    ///   - listHash: The training images.
    ///   - scratch: A file that may be written.
    func measure(
        _ candidate: Checkpoint, _ stage: StageRecipe, member: Int, listHash: String, scratch: String
    ) throws(LongTailError) {
        try candidate.write(to: scratch)
        defer { unlink(scratch) }
        try give(.criterion(stage: stage.name, member: member, listHash: listHash))
        try team.copy(from: 0, scratch)
    }

    /// Brings the others to the evaluation of a model.
    ///
    /// - Parameters:
    ///   - model: Its file.
    ///   - isTest: Whether on test images, else on validation images.
    ///   - listHash: The images.
    func evaluate(_ model: String, isTest: Bool, listHash: String) throws(LongTailError) {
        try give(.evaluation(isTest: isTest, listHash: listHash))
        try team.copy(from: 0, model)
    }

    /// Sends the others home.
    public func end() throws(LongTailError) {
        try give(.end)
        try team.close()
    }

    private func give(_ order: CrewOrder) throws(LongTailError) {
        try team.put(try RunJSON.encode(order), at: "order/\(orders)")
        orders += 1
    }
}

extension StageRecipe {
    /// The stages whose networks its method asks.
    var teachers: [String] { (method as? any TrainedMethod)?.teachers ?? [] }
}
