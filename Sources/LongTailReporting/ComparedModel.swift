import LongTailBasics
import LongTailImbalance

/// A model as a report shows it.
public struct ComparedModel: Sendable {
    /// What it is called in tables and legends.
    public var name: String
    /// Its hits per class.
    public var report: ClassReport
    /// What it said image by image; needed for paired differences only.
    public var predictions: PredictionTable?

    /// A model from its evaluation.
    public init(name: String, report: ClassReport, predictions: PredictionTable? = nil) {
        self.name = name
        self.report = report
        self.predictions = predictions
    }

    /// Refuses an empty list and models with other classes than the counts, or than each other.
    static func check(_ models: [ComparedModel], _ counts: ClassCounts?) throws(LongTailError) {
        guard let first = models.first else { throw LongTailError(.usage, "there is no model to report on") }
        let names = counts?.names ?? first.report.classNames
        for model in models where model.report.classNames != names {
            throw LongTailError(
                .data, "the classes of \"\(model.name)\" are not those of the training set",
                remedy: "Compare models of the same classes in the same order.")
        }
    }
}
