import Foundation
import LongTailBasics
import LongTailImbalance

/// One run of a comparison of recipes: what came of a recipe with a seed.
public struct ComparedRun: Sendable {
    /// The recipe's name.
    public let recipe: String
    /// The run's seed.
    public let seed: UInt64
    /// The last model on the test images.
    public let result: TestResult
    /// Seconds of training.
    public let seconds: Double

    /// A run.
    public init(recipe: String, seed: UInt64, result: TestResult, seconds: Double) {
        (self.recipe, self.seed, self.result, self.seconds) = (recipe, seed, result, seconds)
    }
}

/// The paper's kind of table: a row for each recipe and seed, the mean over seeds below them.
///
/// Intervals are over test images. A star marks a figure whose paired difference from the first recipe's run of the
/// same seed excludes zero; a mean has one where every seed has, all to one side. Each run is resampled once, when it
/// is added.
package struct RecipesTable: Sendable {
    private struct Row {
        package let run: ComparedRun
        let signs: [Int]
        let cells: [Cell]
    }

    private let groups: [ShotGroup]
    private let seed: UInt64
    private var rows: [Row] = []

    /// An empty table.
    ///
    /// - Parameters:
    ///   - counts: The training set, for many/medium/few.
    ///   - rule: How classes are grouped.
    ///   - seed: For the bootstrap.
    package init(counts: ClassCounts, rule: ShotGroupRule, seed: UInt64) throws(LongTailError) {
        groups = try counts.groups(rule)
        self.seed = seed
    }

    /// The first recipe, with which the others are compared.
    private var first: String? { rows.first?.run.recipe }

    /// Adds a run; those of the first recipe come before others of their seed.
    package mutating func add(_ run: ComparedRun) throws(LongTailError) {
        var signs = [0, 0, 0, 0]
        if run.recipe != first, let other = rows.first(where: { $0.run.recipe == first && $0.run.seed == run.seed }) {
            signs = try Self.signs(other.run, run, seed)
        }
        rows.append(Row(run: run, signs: signs, cells: Self.row(run, groups, signs, seed)))
    }

    /// The table of what was added so far; runs of a recipe stand together.
    package func table() -> ReportTable {
        var names: [String] = []
        for row in rows where !names.contains(row.run.recipe) { names.append(row.run.recipe) }
        var cells: [[Cell]] = []
        for name in names {
            let own = rows.filter { $0.run.recipe == name }
            cells += own.map(\.cells)
            if own.count > 1 { cells.append(Self.mean(name, own.map(\.run), groups, own.map(\.signs))) }
        }
        return ReportTable(
            columns: [
                .init("recipe", isNumeric: false), .init("seed"), .init("H-mean"), .init("G-mean"), .init("lowest"),
                .init("zero"), .init("accuracy"), .init("many"), .init("medium"), .init("few"), .init("ECE"),
                .init("run, s"),
            ], rows: cells,
            notes: [
                "in %; H and G: recalls floored at \(percent(ClassReport.recallFloor, decimals: 1)) %; in brackets 95 % "
                    + "intervals over test images (bootstrap within classes, \(Bootstrap.replicates) replicates).",
                "* where the paired difference from \(names.first ?? "the first recipe") with the same seed excludes zero.",
            ])
    }

    /// Of H, G, lowest recall and accuracy: 1 or −1 where the difference excludes zero, else 0.
    private static func signs(_ first: ComparedRun, _ second: ComparedRun, _ seed: UInt64) throws(LongTailError)
        -> [Int]
    {
        let found = try PairedComparison(first.result.predictions, second.result.predictions, seed: seed).differences
        return [found.harmonicMean, found.geometricMean, found.lowestRecall, found.accuracy].map {
            $0.isSignificant ? ($0.value > 0 ? 1 : -1) : 0
        }
    }

    private static func row(_ run: ComparedRun, _ groups: [ShotGroup], _ signs: [Int], _ seed: UInt64) -> [Cell] {
        let report = run.result.report
        let intervals = Bootstrap.intervals(report, seed: seed)
        let further = Bootstrap.further(report, run.result.predictions, groups: groups, seed: seed)
        let means = report.groupMeans(groups)
        return [
            .text(run.recipe), .text("\(run.seed)"),
            .compared(report.harmonicMean, intervals.harmonicMean, isDifferent: signs[0] != 0),
            .compared(report.geometricMean, intervals.geometricMean, isDifferent: signs[1] != 0),
            .compared(report.lowestRecall, intervals.lowestRecall, isDifferent: signs[2] != 0),
            .count(report.zeroClasses, further.zeroClasses),
            .compared(report.accuracy, intervals.accuracy, isDifferent: signs[3] != 0),
        ] + ShotGroup.allCases.map { group in means[group].map { .share($0, further.groups[group]) } ?? .missing }
            + [.share(known: report.calibrationError, further.calibrationError), .count(Int(run.seconds.rounded()))]
    }

    private static func mean(_ name: String, _ runs: [ComparedRun], _ groups: [ShotGroup], _ signs: [[Int]]) -> [Cell] {
        let reports = runs.map(\.result.report)
        func mean(_ figure: (ClassReport) -> Double) -> Double {
            reports.reduce(0) { $0 + figure($1) } / Double(reports.count)
        }
        func cell(_ column: Int, _ figure: (ClassReport) -> Double) -> Cell {
            let first = signs[0][column]
            return .compared(mean(figure), nil, isDifferent: first != 0 && signs.allSatisfy { $0[column] == first })
        }
        return [
            .text(name), .text("mean"), cell(0, \.harmonicMean), cell(1, \.geometricMean), cell(2, \.lowestRecall),
            .text(String(format: "%.1f", mean { Double($0.zeroClasses) })),
            cell(3, \.accuracy),
        ]
            + ShotGroup.allCases.map { group in
                reports[0].groupMeans(groups)[group] == nil
                    ? .missing : .share(mean { $0.groupMeans(groups)[group] ?? 0 })
            } + [
                reports.allSatisfy { $0.calibrationError != nil }
                    ? .share(mean { $0.calibrationError ?? 0 }) : .missing,
                .count(Int(runs.reduce(0) { $0 + $1.seconds }.rounded())),
            ]
    }
}
