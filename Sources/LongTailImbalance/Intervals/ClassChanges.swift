import LongTailBasics

/// Each class's change of recall between two models on the same images.
public struct ClassChanges: Sendable {
    /// 95 % intervals of second minus first, in label order; nil without test images.
    public let intervals: [ConfidenceInterval?]

    /// - Throws: When the two tables are not about the same classes and images.
    public init(_ first: PredictionTable, _ second: PredictionTable) throws(LongTailError) {
        intervals = try PairedOutcomes.tables(first, second).map { table in
            table.total > 0 ? ConfidenceInterval(change: table) : nil
        }
    }
}
