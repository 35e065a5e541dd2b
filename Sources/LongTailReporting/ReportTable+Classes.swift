import LongTailBasics
import LongTailImbalance

extension ReportTable {
    /// A row per class: training and test images, group, the recall of every model and the change.
    ///
    /// - Parameters:
    ///   - models: Models measured on the same images.
    ///   - counts: Training images per class.
    ///   - rule: What makes a class one of many, medium or few images.
    ///   - labels: Which classes in which order; nil gives all by falling frequency.
    public static func perClass(
        _ models: [ComparedModel], counts: ClassCounts, rule: ShotGroupRule = .threshold, labels: [Int]? = nil
    ) throws(LongTailError) -> ReportTable {
        try ComparedModel.check(models, counts)
        let groups = try counts.groups(rule)
        let labels = (labels ?? counts.order).filter(counts.names.indices.contains)
        let hasChange = models.count > 1
        let rows = labels.map { label -> [Cell] in
            let recalls = models.map { $0.report.recall(label) }
            var row: [Cell] = [
                .text(counts.names[label]), .text(groups[label].rawValue), .count(counts.counts[label]),
                .count(models[0].report.totals[label]),
            ]
            row += recalls.map { recall in recall.map { .share($0) } ?? .missing }
            if hasChange, let before = recalls[0], let after = recalls[recalls.count - 1] {
                row.append(.change(after - before))
            }
            return row
        }
        return ReportTable(
            columns: [
                Column("class", isNumeric: false), Column("group", isNumeric: false), Column("training"),
                Column("test"),
            ]
                + models.map { Column("\($0.name), %") } + (hasChange ? [Column("change")] : []),
            rows: rows)
    }

    /// The `count` classes with the lowest recall under the last model, ties by label.
    public static func worstClasses(
        _ models: [ComparedModel], counts: ClassCounts, rule: ShotGroupRule = .threshold, count: Int = 10
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
