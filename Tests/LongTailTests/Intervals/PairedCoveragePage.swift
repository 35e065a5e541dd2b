import Foundation
import LongTail
import Testing

/// Writes docs/results/coverage-pairs.md: `scripts/coverage REPETITIONS pairs`.
@Suite(.serialized) struct PairedCoveragePage {
    private static let path = ProcessInfo.processInfo.environment["LONGTAIL_PAIRED_COVERAGE"]
    private static let repetitions = Int(ProcessInfo.processInfo.environment["LONGTAIL_REPETITIONS"] ?? "") ?? 2_000
    private static let figures: [(figure: Figure, name: String)] = [
        (.accuracy, "accuracy"), (.harmonicMean, "H"), (.geometricMean, "G"), (.worstTen, "b10"),
        (.group(.many), "many"), (.group(.medium), "medium"), (.group(.few), "few"),
    ]

    @Test("The page is written", .enabled(if: path != nil, "LONGTAIL_PAIRED_COVERAGE names no file"))
    func write() throws {
        let path = try #require(Self.path)
        var counted = try CountedWorlds(beside: path)
        let worlds = World.all.filter { $0.fewest >= ClassReport.imagesForPopulation }
        var rows: [[String: String]] = []
        for world in worlds {
            let count = world.repetitions(Self.repetitions)
            rows.append(try counted.rows(world, count) { try Self.rows(world, count) })
            try AtomicFile.write(Self.page(rows, counted), to: path)
        }
    }

    /// One world's row in either table.
    private static func rows(_ world: World, _ count: Int) throws -> [String: String] {
        func row(gain: Double) throws -> String {
            let found = try Stars(world, gain: gain, repetitions: count)
            func share(_ part: Int?) -> String { String(format: "%.1f", 100 * Double(part ?? 0) / Double(count)) }
            let cells = figures.map { figure, _ in
                [found.stars[figure], found.held[figure], found.next[figure]].map(share).joined(separator: ", ")
            }
            return "| \(world.name) | \(count) | \(cells.joined(separator: " | ")) | \(share(found.mcNemar)) |"
        }
        return ["same": try row(gain: 0), "better": try row(gain: 0.2)]
    }

    private static func page(_ rows: [[String: String]], _ counted: CountedWorlds) -> String {
        let head =
            "| world (classes × test images) | repetitions | " + figures.map(\.name).joined(separator: " | ")
            + " | McNemar |"
        let rule = "| --- |" + String(repeating: " ---: |", count: figures.count + 2)
        func table(_ name: String) -> String { ([head, rule] + rows.compactMap { $0[name] }).joined(separator: "\n") }
        let error = String(format: "%.1f", 200 * (0.05 * 0.95 / Double(repetitions)).squareRoot())
        return """
            # Do the intervals of differences hold?

            Written by `make coverage REPETITIONS=\(repetitions) PART=pairs` \(counted.effort(Self.repetitions)). How they are reckoned
            stands in [metrics.md](../metrics.md).

            Two models with correlated errors (60 % of the images are equally hard for both), in the worlds of [coverage.md](coverage.md) that have
            20 test images of every class or more. Each cell, in %: how often the population interval of a difference excludes zero (its star), how often it
            holds the true difference, and how often the replication interval holds another test set's difference. The last column is McNemar's
            test of the accuracies at 5 %. Of \(repetitions) repetitions chance moves 5 % by \(error) (two standard errors).

            ## Equally good in every class

            \(table("same"))

            ## The second is better
            It makes a fifth of the first's errors right, in the third of the classes with the fewest training images.

            \(table("better"))

            """
    }
}
