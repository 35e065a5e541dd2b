import ArgumentParser
import Foundation
import LongTail

struct BenchSave: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "What the checksum of a checkpoint adds to the time of saving it.",
        discussion: "longtail bench save --folder runs")

    @Option(
        help: ArgumentHelp("Where the files are written, and removed.", valueName: "folder"), completion: .directory)
    var folder = "."

    @Option(help: "Size of the checkpoint in megabytes.")
    var megabytes = 100

    @Option(help: "Saves of each kind.")
    var turns = 40

    @ParentCommand var bench: Bench

    func validate() throws {
        guard (1...10_000).contains(megabytes), (1...1000).contains(turns) else {
            throw ValidationError("--megabytes takes 1 to 10000, --turns 1 to 1000.")
        }
    }

    func run() throws {
        let speed = try SaveSpeed(in: folder, megabytes: megabytes, turns: turns)
        if bench.common.json { return try showJSON(speed) }
        func percent(_ share: Double) -> String { String(format: "%+.1f", 100 * share) }
        try show(
            "saving \(megabytes) MB: \(String(format: "%.1f", 1000 * speed.plain)) ms; its checksum adds \(percent(speed.added)) % "
                + "[\(percent(speed.addedLower)), \(percent(speed.addedUpper))]")
    }
}
