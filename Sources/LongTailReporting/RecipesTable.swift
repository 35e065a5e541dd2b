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

/// The paper's kind of table: a row for each recipe and seed; below those of a recipe their mean, and how far they scatter.
///
/// Intervals are over test images (`FigureIntervals`). A star marks a figure whose true recalls' paired difference from the
/// first recipe's run of the same seed excludes zero; a mean has one where every seed has, all to one side. Each run's
/// intervals are reckoned once, when it is added.
package struct RecipesTable: Sendable {
    private struct Row {
        let run: ComparedRun
        let figures: [Figure: Double]
        let intervals: FigureIntervals
        /// 1 or −1 where a figure differs from the first recipe's, else absent.
        let signs: [Figure: Int]
        let calibration: Cell
    }

    private static let columns: [(figure: Figure, name: String)] = [
        (.harmonicMean, "H-mean"), (.geometricMean, "G-mean"), (.worstTen, "b10"), (.lowestRecall, "lowest"),
        (.zeroClasses, "zero"), (.accuracy, "accuracy"), (.group(.many), "many"), (.group(.medium), "medium"),
        (.group(.few), "few"),
    ]

    private let groups: [ShotGroup]
    private let seed: UInt64
    private var rows: [Row] = []

    /// An empty table.
    ///
    /// - Parameters:
    ///   - counts: The training set, for many/medium/few.
    ///   - rule: How classes are grouped.
    ///   - seed: For the intervals.
    package init(counts: ClassCounts, rule: ShotGroupRule, seed: UInt64) throws(LongTailError) {
        groups = try counts.groups(rule)
        self.seed = seed
    }

    /// The first recipe, with which the others are compared.
    private var first: String? { rows.first?.run.recipe }

    /// Adds a run; those of the first recipe come before others of their seed.
    package mutating func add(_ run: ComparedRun) throws(LongTailError) {
        var signs: [Figure: Int] = [:]
        if run.recipe != first, let other = rows.first(where: { $0.run.recipe == first && $0.run.seed == run.seed }) {
            signs = try PairedComparison(
                other.run.result.predictions, run.result.predictions, groups: groups, seed: seed
            ).differences.filter { $0.value.isSignificant }.mapValues { $0.value > 0 ? 1 : -1 }
        }
        let report = run.result.report
        rows.append(
            Row(
                run: run, figures: report.figures(groups: groups, seed: seed),
                intervals: FigureIntervals(report, groups: groups, seed: seed), signs: signs,
                calibration: .share(
                    known: report.calibrationError, Bootstrap.calibrationError(run.result.predictions, seed: seed))))
    }

    /// The table of what was added so far; runs of a recipe stand together.
    package func table() -> ReportTable {
        var names: [String] = []
        for row in rows where !names.contains(row.run.recipe) { names.append(row.run.recipe) }
        var (cells, spreads) = ([[Cell]](), [String]())
        for name in names {
            let own = rows.filter { $0.run.recipe == name }
            cells += own.map(Self.cells)
            guard own.count > 1 else { continue }
            cells += [Self.mean(name, own), Self.spread(name, own)]
            spreads.append(Self.dominance(name, own))
        }
        let report = rows.first?.run.result.report
        return ReportTable(
            columns: [.init("recipe", isNumeric: false), .init("seed")] + Self.columns.map { .init($0.name) }
                + [.init("ECE"), .init("run, s")], rows: cells,
            notes: [
                "in %; H and G: recalls floored at \(percent(ClassReport.recallFloor, decimals: 1)) %; b10: the ten worst "
                    + "classes, chosen on one half of the test images and measured on the other; ECE's interval: bootstrap."
            ]
                + (report.map {
                    ReportTable.intervalNotes(
                        $0,
                        star: "* where the true recalls' paired difference from \(names[0]) with the same seed "
                            + "excludes zero.")
                } ?? []) + spreads)
    }

    private static func cells(_ row: Row) -> [Cell] {
        [.text(row.run.recipe), .text("\(row.run.seed)")]
            + columns.map { (figure, _) -> Cell in
                guard let value = row.figures[figure] else { return .missing }
                let interval = row.intervals.replication[figure]
                return figure == .zeroClasses
                    ? .count(Int(value), interval)
                    : .compared(value, interval, isDifferent: row.signs[figure] != nil)
            } + [row.calibration, .count(Int(row.run.seconds.rounded()))]
    }

    private static func mean(_ name: String, _ own: [Row]) -> [Cell] {
        return [.text(name), .text("mean")]
            + columns.map { (figure, _) -> Cell in
                let values = own.compactMap { $0.figures[figure] }
                guard values.count == own.count else { return .missing }
                let mean = values.reduce(0, +) / Double(values.count)
                if figure == .zeroClasses { return .text(String(format: "%.1f", mean)) }
                let sign = own[0].signs[figure]
                return .compared(
                    mean, nil, isDifferent: sign != nil && own.allSatisfy { $0.signs[figure] == sign })
            }
            + [
                .share(known: errors(own).map { $0.reduce(0, +) / Double($0.count) }),
                .count(Int(own.reduce(0) { $0 + $1.run.seconds }.rounded())),
            ]
    }

    /// The calibration errors, where all are known.
    private static func errors(_ own: [Row]) -> [Double]? {
        let known = own.compactMap(\.run.result.report.calibrationError)
        return known.count == own.count ? known : nil
    }

    /// The standard deviation over seeds of training.
    private static func spread(_ name: String, _ own: [Row]) -> [Cell] {
        [.text(name), .text("s over seeds")]
            + columns.map { (figure, _) -> Cell in
                let values = own.compactMap { $0.figures[figure] }
                guard values.count == own.count else { return .missing }
                let deviation = deviation(values)
                return figure == .zeroClasses ? .text(String(format: "%.1f", deviation)) : .share(deviation)
            } + [.share(known: errors(own).map(deviation)), .missing]
    }

    /// Which source of chance is the larger one, by H.
    private static func dominance(_ name: String, _ own: [Row]) -> String {
        let training = deviation(own.compactMap { $0.figures[.harmonicMean] })
        let widths = own.compactMap { $0.intervals.replication[.harmonicMean] }.map { $0.upper - $0.lower }
        // A replication interval holds the chance of two test sets: this one's and the other's.
        let testing = widths.reduce(0, +) / Double(max(1, widths.count)) / (2 * 1.96 * 2.0.squareRoot())
        let larger = testing > training ? "which test images there are" : "the seed of training"
        return
            "\(name): over \(own.count) seeds of training H scatters by s = \(percent(training)); another test set would "
            + "scatter it by s = \(percent(testing)). \(larger.prefix(1).uppercased() + larger.dropFirst()) matters more."
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))).squareRoot()
    }
}
