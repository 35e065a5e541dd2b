import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTraining

/// What a run has saved when it ends before its end, and the command that goes on; looked up in its folder when asked.
public struct WayOn: Sendable {
    private let layout: RunLayout
    private let stages: [StageRecipe]
    private let jobs: Int?

    /// The way on of a run.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - jobs: How many processes of this machine train it; nil where the command does not start them.
    public init(_ run: Run, jobs: Int? = nil) { (layout, stages, self.jobs) = (run.layout, run.recipe.stages, jobs) }

    /// What is saved, as half a sentence; nil where the folder does not tell.
    public var saved: String? {
        guard let found = try? ResumePoint.position(layout.resumePoint) ?? RunPosition(stage: 0),
            let last = stages.last
        else { return nil }
        guard stages.indices.contains(found.stage) else {
            return "the training is complete, its model is \(layout.checkpoint(last.name))"
        }
        let stage = stages[found.stage]
        let members = stage.btm.map { $0.members } ?? 0
        let underWay = members > 0 ? keptMembers : ""
        if found.epoch > 0 {
            let member = members > 0 ? " (member \(found.member + 1) of \(members))" : ""
            return "\(layout.folder) is saved up to epoch \(found.epoch) of \(stage.training.epochs) of stage "
                + stage.name + member
        }
        if found.member > 0 {
            return "\(layout.folder) is saved up to member \(found.member) of \(members) of stage \(stage.name)"
                + underWay
        }
        if found.stage > 0 {
            return "\(layout.folder) is saved up to the end of stage \(stages[found.stage - 1].name)" + underWay
        }
        return underWay.isEmpty
            ? "\(layout.folder) is begun, no epoch of it is whole yet" : "\(layout.folder) is begun" + underWay
    }

    /// Where members are that are trained, or begun, and not merged yet; empty where there are none.
    private var keptMembers: String {
        let folder = record?.members ?? layout.members
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard files.contains(where: { $0.hasSuffix(".safetensors") }) else { return "" }
        return ", what is trained of its members is in \(folder)"
    }

    private var record: RunRecord? {
        FileBytes.contents(of: layout.record).flatMap { RunJSON.decode(RunRecord.self, $0) }
    }

    /// The command that goes on, as a message has it: training where that is not complete, or the final model still has
    /// a place to go to; else the evaluation.
    private var command: String { command(afterMending: false) }

    private func command(afterMending isMended: Bool) -> String {
        let position = try? ResumePoint.position(layout.resumePoint)
        let isTrained = position.map { $0.stage >= stages.count } ?? false
        return isTrained && record?.pendingOutput == nil
            ? Wording.command("evaluate \(shellQuoted(layout.folder))")
            : Wording.command(
                (["train", Wording.option("resume", shellQuoted(layout.folder))]
                    + (isMended ? [Wording.option("changed-images")] : [])
                    + (jobs.map { [Wording.option("jobs", "\($0)")] } ?? [])).joined(separator: " "))
    }

    /// What stopped the run, what is saved and how to go on, on one line, in the words of a command line.
    public func line(after stop: String, program: String) -> String {
        Wording.commandLine(
            "\(stop); \(saved ?? "\(layout.folder) is as it was last saved"). Go on with: \(command)", program: program)
    }

    /// The failure of a run, with what is saved and how to go on.
    public func added(to failure: LongTailError) -> LongTailError {
        guard let saved else { return failure }
        let way: String
        if failure.kind == .training, failure.cause == nil {
            way = "The same values lead to the same end: begin a new run with others."
        } else if failure.kind == .data {
            way = "When the pictures are as they should be, go on with: \(command(afterMending: true))"
        } else {
            way = "Go on with: \(command)"
        }
        return failure.with { remedy in
            [remedy, "What is there: \(saved).", way].compactMap(\.self).joined(separator: "\n")
        }
    }
}
