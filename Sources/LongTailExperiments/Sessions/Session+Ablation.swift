import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTraining

extension Session {
    /// Runs what is left of one of the paper's ablations; the table is written after every variant.
    ///
    /// Every variant is a run of its own under a folder; finished runs and trained members are used again, by other
    /// tables too.
    ///
    /// - Parameters:
    ///   - table: Which of the paper's tables.
    ///   - recipe: Continues from a trained model (`Recipe.continued`).
    ///   - root: The folder of the data set.
    ///   - folder: Where runs, members and tables are kept.
    public func ablate(
        _ table: AblationTable, _ recipe: Recipe, root: String?, folder: String
    ) throws(LongTailError) -> ReportTable {
        var rows: AblationRows?
        var known: Preparation?
        for variant in try table.variants(of: recipe) {
            sink.say("— \(variant.name)")
            let preparation = try Preparation(variant.recipe, root: root, like: known)
            known = preparation
            let run = try continued(preparation, at: "\(folder)/\(variant.name)", members: "\(folder)/members")
            var own = if let rows { rows } else { try AblationRows(counts: preparation.data.counts, recipe) }
            for (label, model) in variant.rows {
                try own.add(
                    label, run.result(of: model, on: preparation.test), seconds: run.record.trainingSeconds)
            }
            let shown = try own.table()
            let path = "\(folder)/table\(table.rawValue)-seed\(recipe.seed)"
            try AtomicFile.write(shown.markdown(), to: "\(path).md")
            try AtomicFile.write(shown.json(), to: "\(path).json")
            rows = own
        }
        guard let rows else { throw LongTailError(.usage, "the table has no variant") }
        return try rows.table()
    }
}

/// The rows of an ablation, each resampled once.
private struct AblationRows {
    private let recipe: Recipe
    private let groups: [ShotGroup]
    private var results: [(label: String, result: TestResult)] = []
    private var cells: [[Cell]] = []

    init(counts: ClassCounts, _ recipe: Recipe) throws(LongTailError) {
        self.recipe = recipe
        groups = try counts.groups(recipe.evaluation.rule)
    }

    mutating func add(_ label: String, _ result: TestResult, seconds: Double) {
        let report = result.report
        let intervals = Bootstrap.intervals(report, seed: recipe.seed)
        let means = report.groupMeans(groups)
        results.append((label, result))
        cells.append(
            [
                .text(label), .share(report.harmonicMean, intervals.harmonicMean),
                .share(report.geometricMean, intervals.geometricMean),
                .share(report.lowestRecall, intervals.lowestRecall), .count(report.zeroClasses),
                .share(report.accuracy, intervals.accuracy),
            ]
                + ShotGroup.allCases.map { group in means[group].map { .share($0) } ?? .missing }
                + [.share(known: report.calibrationError), .count(Int(seconds.rounded()))])
    }

    func table() throws(LongTailError) -> ReportTable {
        ReportTable(
            columns: [
                .init("model", isNumeric: false), .init("H-mean"), .init("G-mean"), .init("lowest"), .init("zero"),
                .init("accuracy"), .init("many"), .init("medium"), .init("few"), .init("ECE"), .init("run, s"),
            ], rows: cells,
            notes: [
                "in %; H and G: recalls floored at 0.1 %; in brackets 95 % intervals over test images; seed \(recipe.seed).",
                "run, s: seconds of training of the row's run, without members that another run had trained.",
            ] + (try paired()))
    }

    /// The last row against "stage 2", where both are in the table.
    private func paired() throws(LongTailError) -> [String] {
        guard let alone = results.first(where: { $0.label.hasPrefix("stage 2") }), let last = results.last,
            results.count > 2
        else { return [] }
        let change = try PairedComparison(alone.result.predictions, last.result.predictions, seed: recipe.seed)
            .differences
        func text(_ name: String, _ difference: PairedComparison.Difference) -> String {
            "\(name) \(Cell.change(difference.value, difference.interval).line)"
        }
        let changes = [
            text("H-mean", change.harmonicMean), text("G-mean", change.geometricMean),
            text("lowest", change.lowestRecall), text("accuracy", change.accuracy),
        ]
        return [
            "\(last.label) minus \(alone.label), paired: \(changes.joined(separator: ", ")); "
                + "* where the interval excludes zero."
        ]
    }
}
