import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTorch
import LongTailTraining
import LongTailVision

/// The road from recipes and files to models and reports, for one process: what commands call.
///
/// Device and threads of libtorch belong to the process; they are set once, when the session begins.
public struct Session {
    /// What it computes on.
    public let compute: Compute
    /// Where progress and sentences go.
    public let sink: any ProgressSink
    /// The command line, for records.
    public let command: [String]
    /// What a program adds to the words of recipes.
    public let registry: Registry
    /// The processes that work with this one, once they have met.
    public private(set) var team: Team?
    /// The same as this process leads them, where it is the first.
    public private(set) var crew: Crew?
    /// Whether a launcher started this process, which may start it again with the same words.
    private(set) var isLaunched = false

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - compute: Device and threads.
    ///   - sink: Where progress and sentences go; nowhere by default.
    ///   - command: The command line, for records.
    ///   - registry: What a program adds to the words of recipes.
    public init(
        _ compute: Compute = Compute(), sink: any ProgressSink = ProgressStyle.quiet.sink, command: [String] = [],
        registry: Registry = Registry()
    ) throws(LongTailError) {
        (self.compute, self.sink, self.command, self.registry) = (compute, sink, command, registry)
        try compute.use { sink.say($0) }
    }

    /// Meets the other processes, where a launcher started several.
    ///
    /// - Throws: `.usage` for half a set of a launcher's variables, `.network` when some do not come.
    public mutating func meet(_ patience: Team.Patience = Team.Patience()) throws(LongTailError) {
        let world = try World()
        isLaunched = world.launcher != .alone || ProcessInfo.processInfo.environment["SLURM_STEP_ID"] != nil
        guard world.size > 1 else { return }
        team = try Team(
            world,
            Meeting.Hello(required: ["device": "\(Device.current.kind)", "command": command.dropFirst().first ?? ""]),
            patience)
        crew = world.rank == 0 ? team.map(Crew.init) : nil
        for warning in team?.meeting.warnings ?? [] where world.rank == 0 { sink.say(warning) }
    }

    /// What a run that begins now says about itself.
    func record(_ preparation: Preparation, output: String? = nil) throws(LongTailError) -> RunRecord {
        RunRecord(
            version: longtailVersion, libtorch: Engine.version, threads: Engine.threads,
            device: try compute.deviceName, command: command,
            data: preparation.root.map { Path($0).absolute },
            pendingOutput: output.map { Path($0).absolute }, listHash: preparation.data.listHash,
            classNames: preparation.data.counts.names, classCounts: preparation.data.counts.counts,
            notes: preparation.notes,
            processes: team.map {
                .init(launcher: $0.world.launcher.rawValue, hosts: $0.meeting.hellos.map(\.host))
            })
    }
}
