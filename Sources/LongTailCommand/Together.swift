import ArgumentParser
import Foundation
import LongTail

/// How long processes wait for each other.
struct WaitingOptions: ParsableArguments {
    @Option(help: "Of several processes: seconds that are waited for all to come.")
    var meetingTimeout = 300.0

    @Option(help: "Of several processes: seconds that one operator over all may take, and that one may be silent.")
    var collectiveTimeout = 600.0

    func validate() throws {
        guard (1...86_400).contains(meetingTimeout), (1...86_400).contains(collectiveTimeout) else {
            throw ValidationError("--meeting-timeout and --collective-timeout take 1 to 86400 seconds.")
        }
    }

    var patience: Team.Patience {
        var patience = Team.Patience()
        (patience.meeting, patience.operators) = (meetingTimeout, collectiveTimeout)
        return patience
    }
}

/// Members of a BTM stage, shared between runs, jobs and processes.
struct MemberOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A folder in which BTM members are shared between runs.", valueName: "folder"))
    var members: String?

    @Option(
        help: ArgumentHelp(
            "Trains only the members k of a BTM stage with k = i modulo n into --members, for job arrays, i from 1 to n; once all are there, the same command without --part merges them.",
            valueName: "i/n"))
    var part: MemberPart?

    @Option(
        help: ArgumentHelp(
            "So many processes on this machine, 1 to 1024, train BTM members, the threads divided between them; 'auto' takes one for each core.",
            valueName: "n|auto"))
    var jobs: JobCount?

    @OptionGroup var waiting: WaitingOptions

    func validate() throws {
        guard part == nil || members != nil else {
            throw ValidationError("--part i/n needs --members FOLDER, where the members are kept.")
        }
        guard part == nil || jobs == nil else { throw ValidationError("--part and --jobs are two ways: give one.") }
        if let part, let world = try? World(), world.size > 1 {
            throw ValidationError(
                "--part \(part) is for jobs that know nothing of each other, and \(world.launcher) has started \(world.size) "
                    + "processes together: leave it out, for they share out all members.")
        }
    }
}

extension MemberPart: ExpressibleByArgument {
    /// "3/10".
    public init?(argument: String) { self.init(argument) }
}

extension CommonOptions {
    /// Refuses restarts by torchrun that would begin anew each time.
    func requireRun(_ folder: String?, _ resume: String? = nil) throws(LongTailError) {
        let restarts = ProcessInfo.processInfo.environment["TORCHELASTIC_MAX_RESTARTS"].flatMap { Int($0) } ?? 0
        guard restarts == 0 || folder != nil || resume != nil else {
            throw LongTailError(
                .usage,
                "torchrun starts the processes again up to \(restarts) times, and each time another run would begin",
                remedy: "Name the run with --run FOLDER: a restart then goes on with it.")
        }
    }

    /// Does a command's work on the first of the processes that a launcher started, while the others do what it tells them.
    ///
    /// - Parameters:
    ///   - waiting: How long they wait for each other.
    ///   - members: A folder of members.
    ///   - root: Where the data set is.
    ///   - recipe: What this process's own words and files make of the recipe; nil where they name none.
    ///   - body: What the first does.
    func together(
        _ waiting: WaitingOptions, members: String? = nil, root: String?,
        recipe: () throws(LongTailError) -> Recipe?, _ body: (Session) throws -> Void
    ) throws {
        var session = try session()
        try session.meet(waiting.patience)
        guard let team = session.team else { return try body(session) }
        try session.agree(on: recipe)
        guard team.world.rank > 0 else {
            do {
                try body(session)
                try session.crew?.end()
            } catch let error as LongTailError {
                throw team.settled(error)
            } catch {
                team.fail(LongTailError(.stopped, "was stopped"))
                throw error
            }
            return
        }
        let interruption = Interruption(ofRank: team.world.rank)
        do throws(LongTailError) {
            try session.follow(root: root, members: members) { interruption.answer == .stop }
        } catch {
            try interruption.check()
            throw error
        }
    }

    /// Trains a part of a recipe's members.
    func train(
        _ part: MemberPart, _ preparation: Preparation, _ session: Session, _ folder: String
    ) throws {
        let interruption = Interruption(goingOnWith: commandLine)
        let found = try session.train(part, of: preparation, members: folder) { _ in interruption.answer }
        try interruption.check()
        if json {
            return try showJSON(
                TrainedPart(part: "\(part)", stage: found.stage, done: found.done, of: found.of, members: folder))
        }
        try show("part \(part): \(found.done) of its \(found.of) members of stage \(found.stage) are in \(folder)")
    }
}

/// What became of a part, for machines.
private struct TrainedPart: Encodable {
    let part, stage: String
    let done, of: Int
    let members: String
}
