import Foundation
import LongTailBasics
import LongTailImbalance

extension ReportTable {
    /// The before/after table: a column per model, a row per figure, intervals beside accuracy, H, G and the lowest
    /// recall, and the change from the first model to the last.
    ///
    /// - Parameters:
    ///   - models: At least one; the change is paired when the first and the last bring predictions.
    ///   - counts: The training set, for many/medium/few.
    ///   - rule: How classes are grouped.
    ///   - worst: How many of the worst classes are averaged.
    ///   - seed: For the bootstrap.
    public static func comparison(
        _ models: [ComparedModel], counts: ClassCounts, rule: ShotGroupRule = .threshold, worst: Int = 10, seed: UInt64
    ) throws(LongTailError) -> ReportTable {
        try ComparedModel.check(models, counts)
        let groups = try counts.groups(rule)
        let tested = models[0].report.tested
        let worst = max(1, min(worst, tested.count))
        let differences = try paired(models, seed: seed)
        var rows = ComparisonRows(reports: models.map(\.report))
        let intervals = rows.reports.map { Bootstrap.intervals($0, seed: seed) }
        let changes = rows.reports.map(\.largestChangeOfOneImage)
        let floor = "recalls floored at \(percent(ClassReport.recallFloor, decimals: 1)) %"
        func headline(
            _ name: String, _ figure: (HeadlineFigures<Double>) -> Double,
            _ interval: (HeadlineFigures<ConfidenceInterval>) -> ConfidenceInterval,
            _ difference: (HeadlineFigures<PairedComparison.Difference>) -> PairedComparison.Difference
        ) {
            rows.add(name, zip(rows.reports, intervals).map { .share(figure($0.headline), interval($1)) })
            if let difference = differences.map(difference) {
                rows.setChange(.change(difference.value, difference.interval))
            }
        }
        func oneImage(_ figure: (HeadlineFigures<Double>) -> Double) {
            rows.add("  changed by one image at most", changes.map { .share(figure($0)) }, change: .missing)
        }
        headline("Accuracy", \.accuracy, \.accuracy, \.accuracy)
        headline("H-mean (\(floor))", \.harmonicMean, \.harmonicMean, \.harmonicMean)
        oneImage(\.harmonicMean)
        headline("G-mean (\(floor))", \.geometricMean, \.geometricMean, \.geometricMean)
        oneImage(\.geometricMean)
        headline("Lowest recall", \.lowestRecall, \.lowestRecall, \.lowestRecall)
        oneImage(\.lowestRecall)
        rows.add("Classes at zero", rows.reports.map { .count($0.zeroClasses) })
        rows.add("Mean of the \(worst) lowest", rows.reports.map { .share($0.worstMean(worst)) })
        for group in ShotGroup.allCases {
            let size = tested.count { groups[$0] == group }
            rows.add(
                "\(group.rawValue.capitalized) (\(size) \(size == 1 ? "class" : "classes"))",
                rows.reports.map { $0.groupMeans(groups)[group].map { .share($0) } ?? .missing })
        }
        rows.add("ECE (15 bins)", rows.reports.map { .share(known: $0.calibrationError) })
        rows.add("Class-wise ECE (15 bins)", rows.reports.map { .share(known: $0.classwiseCalibrationError) })
        let hasChange = models.count > 1
        return ReportTable(
            columns: [Column("in %", isNumeric: false)] + models.map { Column($0.name) }
                + (hasChange ? [Column("change")] : []),
            rows: rows.rows, notes: notes(models, isPaired: differences != nil))
    }

    private static func paired(
        _ models: [ComparedModel], seed: UInt64
    ) throws(LongTailError) -> HeadlineFigures<PairedComparison.Difference>? {
        guard models.count > 1, let first = models.first?.predictions, let last = models.last?.predictions else {
            return nil
        }
        return try PairedComparison(first, last, seed: seed).differences
    }

    private static func notes(_ models: [ComparedModel], isPaired: Bool) -> [String] {
        let report = models[0].report
        let names = report.untested.prefix(5).map { report.classNames[$0] }.joined(separator: ", ")
        let more = report.untested.count > 5 ? " and \(report.untested.count - 5) more" : ""
        return [
            "\(report.imageCount) test images of \(report.tested.count) classes. In brackets: 95 % intervals, "
                + "bootstrap over test images within each class, \(Bootstrap.replicates) replicates."
        ]
            + (models.count > 1
                ? [
                    "Change: \(models[models.count - 1].name) minus \(models[0].name)"
                        + (isPaired ? ", both on the same resampled images; * where the interval excludes zero." : ".")
                ] : [])
            + (report.untested.isEmpty
                ? [] : ["Classes without test images, left out of every figure: \(names)\(more)."])
    }
}

/// Rows in the making: a name, a cell per model and the change from first to last.
private struct ComparisonRows {
    let reports: [ClassReport]
    private(set) var rows: [[Cell]] = []

    init(reports: [ClassReport]) { self.reports = reports }

    package mutating func add(_ name: String, _ cells: [Cell], change: Cell? = nil) {
        let last = reports.count > 1 ? [change ?? difference(cells)] : []
        rows.append([.text(name)] + cells + last)
    }

    mutating func setChange(_ cell: Cell) {
        guard let row = rows.indices.last, let column = rows[row].indices.last else { return }
        rows[row][column] = cell
    }

    private func difference(_ cells: [Cell]) -> Cell {
        switch (cells.first, cells.last) {
        case (.share(let before, _)?, .share(let after, _)?): .change(after - before)
        case (.count(let before, _)?, .count(let after, _)?): .countChange(after - before)
        default: .missing
        }
    }
}
