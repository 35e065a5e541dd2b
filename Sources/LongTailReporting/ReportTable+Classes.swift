import LongTailBasics
import LongTailImbalance

extension ReportTable {
    /// A row per class: training and test images, group, the recall of every model and the change, with intervals from the
    /// class's own images (`ConfidenceInterval(hits:of:)`).
    ///
    /// - Parameters:
    ///   - models: Models measured on the same images.
    ///   - counts: Training images per class; nil where they are not known.
    ///   - rule: What makes a class one of many, medium or few images.
    ///   - labels: Which classes in which order; nil gives all by falling frequency, or by label.
    public static func perClass(
        _ models: [ComparedModel], counts: ClassCounts?, rule: ShotGroupRule = .threshold, labels: [Int]? = nil
    ) throws(LongTailError) -> ReportTable {
        try ComparedModel.check(models, counts)
        let groups = try counts?.groups(rule)
        let report = models[0].report
        let names = report.classNames
        let labels = (labels ?? counts?.order ?? Array(names.indices)).filter(names.indices.contains)
        let changes = PairedRecalls(models)
        let rows = labels.map { label -> [Cell] in
            var row: [Cell] = [.text(names[label])]
            if let counts, let groups { row += [.text(groups[label].rawValue), .count(counts.counts[label])] }
            let total = report.totals[label]
            row.append(1..<ClassReport.fewestTellingImages ~= total ? .marked(total) : .count(total))
            row += models.map { model in
                model.report.recall(label).map { .share($0, model.report.recallInterval(label)) } ?? .missing
            }
            if models.count > 1 { row.append(changes.change(label)) }
            return row
        }
        let isMarked = rows.contains { row in row.contains { if case .marked = $0 { true } else { false } } }
        return ReportTable(
            columns: [Column("class", isNumeric: false)]
                + (counts == nil ? [] : [Column("group", isNumeric: false), Column("training")]) + [Column("test")]
                + models.map { Column("\($0.name), %") } + (models.count > 1 ? [Column("change")] : []),
            rows: rows,
            notes: ["In brackets: 95 % intervals of the true recall from the class's own test images."]
                + (isMarked
                    ? [
                        "† fewer than \(ClassReport.fewestTellingImages) test images: nothing can be said of the class."
                    ] : []))
    }

    /// The `count` classes with the lowest recall under the last model, ties by label.
    public static func worstClasses(
        _ models: [ComparedModel], counts: ClassCounts?, rule: ShotGroupRule = .threshold, count: Int = 10
    ) throws(LongTailError) -> ReportTable {
        let worst = models.last?.report.worstFirst.prefix(max(0, count)) ?? []
        return try perClass(models, counts: counts, rule: rule, labels: Array(worst))
    }

    /// The `count` worst confusions of a model: the largest shares of a class's test images that were called another.
    ///
    /// - Parameters:
    ///   - confusions: What the model said.
    ///   - names: The class names in label order.
    ///   - count: How many at most.
    public static func worstConfusions(_ confusions: Confusions, names: [String], count: Int = 10) -> ReportTable {
        let rows = confusions.worst(count).map { entry -> [Cell] in
            let total = confusions.totals[entry.target]
            return [
                .text(names[entry.target]), .text(names[entry.predicted]), .count(entry.count), .count(total),
                .share(Double(entry.count) / Double(total)),
            ]
        }
        return ReportTable(
            columns: [
                Column("class", isNumeric: false), Column("taken for", isNumeric: false), Column("images"),
                Column("of"), Column("share, %"),
            ], rows: rows, notes: rows.isEmpty ? ["No test image was taken for another class."] : [])
    }
}

/// Each class's change of recall from the first of several models to the last.
private struct PairedRecalls {
    private let first: ClassReport
    private let last: ClassReport
    private let intervals: [ConfidenceInterval?]

    init(_ models: [ComparedModel]) {
        (first, last) = (models[0].report, models[models.count - 1].report)
        guard let before = models[0].predictions, let after = models[models.count - 1].predictions,
            let found = try? ClassChanges(before, after)
        else {
            intervals = []
            return
        }
        intervals = found.intervals
    }

    func change(_ label: Int) -> Cell {
        guard let before = first.recall(label), let after = last.recall(label) else { return .missing }
        return .change(after - before, intervals.indices.contains(label) ? intervals[label] : nil)
    }
}
