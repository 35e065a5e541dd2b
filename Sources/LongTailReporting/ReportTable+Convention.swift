import LongTailBasics
import LongTailImbalance

extension ReportTable {
    /// What another program's evaluator prints for the same predictions.
    public static func convention(
        _ convention: MetricConvention, _ models: [ComparedModel], groups: [ShotGroup]?
    ) -> ReportTable {
        let columns = models.compactMap { model in
            model.predictions.map { (model.name, convention.lines(model.report, $0, groups: groups)) }
        }
        let names = columns.first?.1.map(\.name) ?? []
        return ReportTable(
            columns: [.init("as \(convention.rawValue)'s evaluator prints", isNumeric: false)]
                + columns.map { .init($0.0) },
            rows: names.enumerated().map { index, name in
                [.text(name)] + columns.map { .text($0.1[index].value) }
            })
    }
}
