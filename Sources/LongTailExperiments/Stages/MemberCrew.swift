import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import LongTailTraining

/// What rank 0 tells the other processes, one after the other.
enum CrewOrder: Codable {
    /// A run has begun: where its data set is, which images it has, its threads.
    case begin(root: String?, listHash: String, threads: Int)
    /// The members of a stage are to be trained. Models are sent: the stage's input, and those that its method asks.
    case members(stage: String, place: Int, first: Int, folder: String, input: String, models: [String])
    /// There is no more to do.
    case end
}

/// The processes that train a run's members together, as rank 0 leads them.
///
/// The others need neither the run's folder nor its recipe: both are told. Where the folder of members is shared, members lie there;
/// where it is not, each process has its own, and members are sent when they are merged.
public final class MemberCrew {
    let team: Team
    private var orders = 0

    /// The crew of a team whose rank 0 this process is.
    ///
    /// - Parameters:
    ///   - team: The processes.
    ///   - run: A run that has begun.
    ///   - preparation: What it stands on.
    init(_ team: Team, _ run: Run, _ preparation: Preparation) throws(LongTailError) {
        self.team = team
        try give(
            .begin(
                root: preparation.root.map { Path($0).absolute }, listHash: preparation.data.listHash,
                threads: Engine.threads))
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
        let asked = (training.stage.method as? any TrainedMethod)?.teachers ?? []
        let label = "\(orders)"
        try give(
            .members(
                stage: training.stage.name, place: position.stage, first: position.member,
                folder: Path(training.store.folder).absolute, input: input, models: asked))
        for name in [input] + asked { try team.copy(from: 0, model(name)) }
        return try MemberShift(team: team, label: label, training: training)(
            from: position.member, at: position.stage, isStopped: isStopped)
    }

    /// Sends the others home.
    func end() throws(LongTailError) {
        try give(.end)
        try team.close()
    }

    private func give(_ order: CrewOrder) throws(LongTailError) {
        try team.put(try RunJSON.encode(order), at: "order/\(orders)")
        orders += 1
    }
}

/// One process's part in the members of a stage: the same on every rank.
struct MemberShift {
    let team: Team
    /// What this stage's work is called in the store.
    let label: String
    let training: MemberTraining

    /// Trains members that nobody else has taken, then brings all to rank 0; false when it was stopped.
    ///
    /// - Parameters:
    ///   - first: The first member that is not merged yet.
    ///   - place: The stage's place in the recipe.
    ///   - isStopped: Whether to stop.
    func callAsFunction(
        from first: Int, at place: Int, isStopped: () -> Bool
    ) throws(LongTailError) -> Bool {
        let members = first..<training.btm.members
        for member in members where training.has(member) {
            if try team.claim("\(label)/\(member)") { try have(member) }
        }
        // A member that one process has is trained by no other.
        try team.gather(at: "\(label)/known")
        for member in members where try team.claim("\(label)/\(member)") {
            guard try training(member, at: place) != nil else { return false }
            try have(member)
        }
        for member in members {
            guard let said = try team.wait(for: "\(label)/has/\(member)", unless: isStopped) else { return false }
            guard let owner = Int(String(decoding: said, as: UTF8.self)), (0..<team.world.size).contains(owner) else {
                throw LongTailError(.network, "nobody says who has member \(member + 1)")
            }
            try bring(member, from: owner)
        }
        return true
    }

    private func have(_ member: Int) throws(LongTailError) {
        try team.put(Data("\(team.world.rank)".utf8), at: "\(label)/has/\(member)")
    }

    /// Sends a member to rank 0, unless that sees its file.
    private func bring(_ member: Int, from owner: Int) throws(LongTailError) {
        let key = "\(label)/wanted/\(member)"
        let path = training.store.path(training.key(member))
        if team.world.rank == 0 { try team.put(Data(training.has(member) ? "no".utf8 : "yes".utf8), at: key) }
        guard try team.wait(for: key) == Data("yes".utf8) else { return }
        try team.copy(from: owner, [0, owner].contains(team.world.rank) ? path : nil)
    }
}
