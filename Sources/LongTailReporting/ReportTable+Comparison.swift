import Foundation
import LongTailBasics
import LongTailImbalance

extension ReportTable {
    /// The before/after table: a column per model, a row per figure, intervals of both kinds (`FigureIntervals`), and the
    /// change from the first model to the last.
    ///
    /// - Parameters:
    ///   - models: At least one; the change has intervals when the first and the last bring predictions.
    ///   - counts: The training set, for many/medium/few; nil where it is not known.
    ///   - rule: How classes are grouped.
    ///   - worst: How many of the lowest recalls are averaged.
    ///   - seed: For the intervals.
    public static func comparison(
        _ models: [ComparedModel], counts: ClassCounts?, rule: ShotGroupRule = .threshold, worst: Int = 10, seed: UInt64
    ) throws(LongTailError) -> ReportTable {
        try ComparedModel.check(models, counts)
        let groups = try counts?.groups(rule)
        var differences: [Figure: PairedComparison.Difference]?
        if models.count > 1, let first = models.first?.predictions, let last = models.last?.predictions {
            differences = try PairedComparison(first, last, groups: groups, seed: seed).differences
        }
        var rows = ComparisonRows(models.map(\.report), groups: groups, differences: differences, seed: seed)
        let floor = "recalls floored at \(percent(ClassReport.recallFloor, decimals: 1)) %"
        rows.add(.accuracy, "Accuracy", hasPopulation: true)
        rows.add(.harmonicMean, "H-mean (\(floor))", hasPopulation: true, hasOneImage: true)
        rows.addEven("  of an even classifier") { .share($0.harmonicMean) }
        rows.add(.geometricMean, "G-mean (\(floor))", hasPopulation: true, hasOneImage: true)
        rows.add(.worstTen, "Ten worst (b10)", hasPopulation: true)
        rows.add(.lowestRecall, "Lowest recall", hasOneImage: true)
        rows.add(.zeroClasses, "Classes at zero")
        rows.addEven("  of an even classifier") { .text(String(format: "%.1f", $0.zeroClasses)) }
        rows.addMean(of: worst)
        if let groups { rows.add(groups) }
        rows.addCalibration()
        return ReportTable(
            columns: [Column("in %", isNumeric: false)] + models.map { Column($0.name) }
                + (models.count > 1 ? [Column("change")] : []),
            rows: rows.rows, notes: notes(models, groups, isPaired: differences != nil))
    }

    /// What brackets and stars mean.
    static func intervalNotes(_ report: ClassReport, star: String?) -> [String] {
        ["In brackets: where 95 % of other test sets of this size would put the figure (replication)."]
            + (report.bearsPopulation
                ? star.map { [$0] } ?? []
                : [
                    "Of the true recalls nothing is said, and nothing has a star: that takes "
                        + "\(ClassReport.imagesForPopulation) test images of every class."
                ])
    }

    private static func notes(_ models: [ComparedModel], _ groups: [ShotGroup]?, isPaired: Bool) -> [String] {
        let report = models[0].report
        let names = report.untested.prefix(5).map { report.classNames[$0] }.joined(separator: ", ")
        let more = report.untested.count > 5 ? " and \(report.untested.count - 5) more" : ""
        return ["\(report.imageCount) test images of \(report.tested.count) classes."]
            + intervalNotes(report, star: "of the true recalls: their figure with 95 % certainty (population).")
            + [
                "of an even classifier: what one of this accuracy that is equally good in every class would print.",
                "Ten worst: chosen on one half of the images, measured on the other, over \(WorstTen.splits) splits.",
            ]
            + (models.count > 1
                ? [
                    "Change: \(models[models.count - 1].name) minus \(models[0].name)"
                        + (isPaired
                            ? ", paired by image; * where the true recalls' interval excludes zero." : ".")
                ] : [])
            + (groups == nil ? ["Training counts are not known, so there are no groups (many, medium, few)."] : [])
            + (report.untested.isEmpty
                ? [] : ["Classes without test images, left out of every figure: \(names)\(more)."])
    }
}

/// Rows in the making: a name, a cell per model and the change from first to last.
private struct ComparisonRows {
    private let reports: [ClassReport]
    private let groups: [ShotGroup]?
    private let figures: [[Figure: Double]]
    private let intervals: [FigureIntervals]
    private let differences: [Figure: PairedComparison.Difference]?
    private(set) var rows: [[Cell]] = []

    init(
        _ reports: [ClassReport], groups: [ShotGroup]?, differences: [Figure: PairedComparison.Difference]?,
        seed: UInt64
    ) {
        (self.reports, self.groups, self.differences) = (reports, groups, differences)
        figures = reports.map { $0.figures(groups: groups, seed: seed) }
        intervals = reports.map { FigureIntervals($0, groups: groups, seed: seed) }
    }

    /// A figure's row, and below it those of the true recalls' and of the change by one image.
    mutating func add(_ figure: Figure, _ name: String, hasPopulation: Bool = false, hasOneImage: Bool = false) {
        guard figures[0][figure] != nil else { return }
        let difference = differences?[figure]
        let isCount = figure == .zeroClasses
        let cells = zip(figures, intervals).map { (values, intervals) -> Cell in
            guard let value = values[figure] else { return .missing }
            let interval = intervals.replication[figure]
            return isCount ? .count(Int(value), interval) : .share(value, interval)
        }
        add(
            name, cells,
            change: difference.map {
                isCount ? .countChange(Int($0.value), $0.replication) : .change($0.value, $0.replication)
            })
        if hasPopulation, intervals[0].population[figure] != nil {
            add(
                "  of the true recalls", intervals.map { $0.population[figure].map { .interval($0) } ?? .missing },
                change: difference?.population.map { .changeInterval($0) } ?? .missing)
        }
        if hasOneImage {
            add(
                "  changed by one image at most",
                reports.map { $0.largestChangeOfOneImage[figure].map { .share($0) } ?? .missing }, change: .missing)
        }
    }

    /// What an even classifier would show.
    mutating func addEven(_ name: String, _ cell: (EvenClassifier) -> Cell) {
        add(name, reports.map { cell(EvenClassifier(totals: $0.totals, accuracy: $0.accuracy)) }, change: .missing)
    }

    mutating func addMean(of worst: Int) {
        let worst = max(1, min(worst, reports[0].tested.count))
        add("Mean of the \(worst) lowest", reports.map { .share($0.worstMean(worst)) })
    }

    mutating func add(_ groups: [ShotGroup]) {
        for group in ShotGroup.allCases {
            let size = reports[0].tested.count { groups[$0] == group }
            let name = "\(group.rawValue.capitalized) (\(size) \(size == 1 ? "class" : "classes"))"
            if size > 0 { add(.group(group), name) } else { add(name, reports.map { _ in .missing }) }
        }
    }

    mutating func addCalibration() {
        add("ECE (15 bins)", reports.map { .share(known: $0.calibrationError) })
        add("Class-wise ECE (15 bins)", reports.map { .share(known: $0.classwiseCalibrationError) })
    }

    private mutating func add(_ name: String, _ cells: [Cell], change: Cell? = nil) {
        let last = reports.count > 1 ? [change ?? difference(cells)] : []
        rows.append([.text(name)] + cells + last)
    }

    private func difference(_ cells: [Cell]) -> Cell {
        switch (cells.first, cells.last) {
        case (.share(let before, _)?, .share(let after, _)?): .change(after - before)
        case (.count(let before, _)?, .count(let after, _)?): .countChange(after - before)
        default: .missing
        }
    }
}
