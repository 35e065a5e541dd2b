import ArgumentParser
import Foundation
import LongTail

struct BenchIndex: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "What the list of a large data set costs a process, in seconds and memory.",
        discussion: """
            longtail bench index --images 437513 --classes 8142 --imbalance 500
            longtail bench index --images 11000000 --classes 10450 --imbalance 1000
            """)

    @Option(
        help: ArgumentHelp("Where the list is written, and removed.", valueName: "folder"), completion: .directory)
    var folder = "."

    @Option(help: "Pictures.")
    var images = 437_513

    @Option(help: "Classes.")
    var classes = 8_142

    @Option(help: "Pictures of the largest class over those of the smallest.")
    var imbalance = 500.0

    @Option(help: "Pictures of a class in a member's subset.")
    var imagesPerClass = 20

    @ParentCommand var bench: Bench

    func validate() throws {
        guard (1...100_000).contains(classes), (classes...100_000_000).contains(images), imagesPerClass > 0,
            (1...1e6).contains(imbalance)
        else {
            throw ValidationError(
                "--classes takes 1 to 100000, --images from there to 100000000, --imbalance 1 to 1000000.")
        }
    }

    func run() throws {
        let speed = try IndexSpeed(
            in: folder, images: images, classes: classes, imbalance: imbalance, imagesPerClass: imagesPerClass)
        if bench.common.json { return try showJSON(speed) }
        let table = ReportTable(
            title: "\(speed.images) pictures of \(speed.classes) classes, a list of \(speed.bytes / 1_000_000) MB",
            columns: [.init("step", isNumeric: false), .init("seconds"), .init("memory, at the most")],
            rows: speed.steps.map {
                [.text($0.name), .text(String(format: "%.2f", $0.seconds)), .text("\($0.peak / 1_000_000) MB")]
            })
        try show(table.plain())
    }
}
