import Foundation
import LongTail
import Testing

/// Writes docs/results/coverage.md: `scripts/coverage [REPETITIONS]`.
@Suite(.serialized) struct CoveragePage {
    private static let path = ProcessInfo.processInfo.environment["LONGTAIL_COVERAGE"]
    private static let repetitions = Int(ProcessInfo.processInfo.environment["LONGTAIL_REPETITIONS"] ?? "") ?? 2_000
    private static let figures: [(figure: Figure, name: String)] = [
        (.accuracy, "accuracy"), (.harmonicMean, "H"), (.geometricMean, "G"), (.worstTen, "b10"),
        (.lowestRecall, "lowest"), (.zeroClasses, "zeros"), (.group(.many), "many"), (.group(.medium), "medium"),
        (.group(.few), "few"),
    ]

    @Test("The page is written", .enabled(if: path != nil, "LONGTAIL_COVERAGE names no file"))
    func write() throws {
        let path = try #require(Self.path)
        var counted = try CountedWorlds(beside: path)
        var rows: [[String: String]] = []
        for world in World.all {
            let count = world.repetitions(Self.repetitions)
            rows.append(try counted.rows(world, count) { try Self.rows(world, count) })
            try AtomicFile.write(Self.page(rows, counted), to: path)
        }
    }

    /// One world's row in every table.
    private static func rows(_ world: World, _ count: Int) throws -> [String: String] {
        let found = try Coverage(world, repetitions: count, hasBest: true)
        func row(_ cell: (Coverage.Tally) -> String) -> String {
            let cells = figures.map { found.tallies[$0.figure].map(cell) ?? "-" }
            return "| \(world.name) | \(count) | \(cells.joined(separator: " | ")) |"
        }
        var rows = [
            "next": row { share($0.next, $0.count) + ($0.values.count < 20 ? " (\($0.values.count))" : "") },
            "bootstrap": row {
                share($0.bootstrapNext, $0.bootstrapCount) + ", " + share($0.bootstrapTruth, $0.bootstrapTruths)
            },
            "widths": row { $0.best > 0 ? String(format: "%.2f", $0.width / $0.best) : "-" },
        ]
        if found.tallies[.accuracy]?.truths ?? 0 > 0 { rows["truth"] = row { share($0.truth, $0.truths) } }
        if world.totals.count > 300 { rows["time"] = try time(world) }
        return rows
    }

    private static func page(_ rows: [[String: String]], _ counted: CountedWorlds) -> String {
        let head =
            "| world (classes × test images) | repetitions | "
            + figures.map(\.name).joined(separator: " | ") + " |"
        let rule = "| --- |" + String(repeating: " ---: |", count: figures.count + 1)
        func table(_ name: String) -> String { ([head, rule] + rows.compactMap { $0[name] }).joined(separator: "\n") }
        return """
            # Do the intervals hold?

            Written by `make coverage REPETITIONS=\(Self.repetitions)` \(counted.effort(Self.repetitions)). How the intervals are reckoned
            stands in [metrics.md](../metrics.md); differences of two models: [coverage-pairs.md](coverage-pairs.md).

            In worlds whose truth is known, true recalls of all classes are drawn, then a test set, then \(Coverage.others) others of the same
            size. A 95 % interval should hold 95 of 100 other figures, and the true one in 95 of 100 repetitions; of \(Self.repetitions)
            repetitions chance moves that by \(Self.error(Self.repetitions)) at most (two standard errors). Large worlds
            are repeated less often: the second column says how often. Widths and the bootstrap are
            taken in every tenth repetition.

            ## Another test set's figure (replication)
            In %; in brackets the number of different values that a figure took, where that is under 20: an interval of few values
            cannot hold in exactly 95 of 100 cases, and holds more often.

            \(table("next"))

            The mean width, as a multiple of the narrowest that there is: of the interval that knows every true recall. It does not
            have to allow for this test set's own chance, so that about √2 is the least that can be had.

            \(table("widths"))

            ## The true recalls' figure (population)
            In %; of b10 what it is on average over test sets of this size. Printed from \(ClassReport.imagesForPopulation) test images of every class on, and not for the lowest recall and the classes at zero.

            \(table("truth"))

            ## The bootstrap, for comparison
            In %: another test set's figure, then the true recalls' figure, inside the 95 % percentile interval over resampled test
            images of each class (400 replicates). It is the reason for the two above.

            \(table("bootstrap"))

            ## Time
            Seconds for all intervals of one model, the fastest of three:

            | world | seconds |
            | --- | ---: |
            \(rows.compactMap { $0["time"] }.joined(separator: "\n"))

            """
    }

    /// How long all intervals of one test set take.
    private static func time(_ world: World) throws -> String {
        var random = CounterRandom(seed: 16, purpose: .test)
        let report = try world.report(world.hits(world.truth(&random), &random))
        let seconds = (0..<3).map { seed in
            let start = ContinuousClock.now
            _ = FigureIntervals(report, groups: world.groups, seed: UInt64(seed))
            return start.duration(to: .now) / .seconds(1)
        }
        return "| \(world.name) | \(String(format: "%.2f", seconds.min() ?? 0)) |"
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        whole == 0 ? "-" : String(format: "%.1f", 100 * Double(part) / Double(whole))
    }

    private static func error(_ repetitions: Int) -> String {
        String(format: "%.1f", 200 * (0.95 * 0.05 / Double(repetitions)).squareRoot())
    }
}
