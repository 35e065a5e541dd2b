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
        let figures = report.figures(groups: groups, seed: recipe.seed)
        let intervals = FigureIntervals(report, groups: groups, seed: recipe.seed).replication
        func share(_ figure: Figure) -> Cell { figures[figure].map { .share($0, intervals[figure]) } ?? .missing }
        results.append((label, result))
        cells.append(
            [
                .text(label), share(.harmonicMean), share(.geometricMean), share(.worstTen), share(.lowestRecall),
                .count(report.zeroClasses, intervals[.zeroClasses]), share(.accuracy),
            ]
                + ShotGroup.allCases.map { share(.group($0)) }
                + [.share(known: report.calibrationError), .count(Int(seconds.rounded()))])
    }

    func table() throws(LongTailError) -> ReportTable {
        ReportTable(
            columns: [
                .init("model", isNumeric: false), .init("H-mean"), .init("G-mean"), .init("b10"), .init("lowest"),
                .init("zero"), .init("accuracy"), .init("many"), .init("medium"), .init("few"), .init("ECE"),
                .init("run, s"),
            ], rows: cells,
            notes: [
                "in %; H and G: recalls floored at 0.1 %; b10: the ten worst classes, chosen on one half of the test images "
                    + "and measured on the other; in brackets where 95 % of other test sets of this size would put the "
                    + "figure; seed \(recipe.seed).",
                "run, s: seconds of training of the row's run, without members that another run had trained.",
            ] + (try paired()))
    }

    /// The last row against "stage 2", where both are in the table.
    private func paired() throws(LongTailError) -> [String] {
        guard let alone = results.first(where: { $0.label.hasPrefix("stage 2") }), let last = results.last,
            results.count > 2
        else { return [] }
        let change = try PairedComparison(
            alone.result.predictions, last.result.predictions, groups: groups, seed: recipe.seed
        ).differences
        let figures: [(Figure, String)] = [
            (.harmonicMean, "H-mean"), (.geometricMean, "G-mean"), (.worstTen, "b10"), (.lowestRecall, "lowest"),
            (.accuracy, "accuracy"),
        ]
        let changes = figures.compactMap { (figure, name) -> String? in
            guard let found = change[figure] else { return nil }
            let truth = found.population.map { ", of the true recalls \(Cell.changeInterval($0).line)" } ?? ""
            return "\(name) \(Cell.change(found.value, found.replication).line)\(truth)"
        }
        return [
            "\(last.label) minus \(alone.label), paired: \(changes.joined(separator: "; ")); "
                + "* where the true recalls' interval excludes zero."
        ]
    }
}
