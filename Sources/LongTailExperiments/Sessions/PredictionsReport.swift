import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import LongTailReporting

/// Tables made of prediction files alone, of this program or any other: neither a model nor an image is needed.
public struct PredictionsReport {
    /// The models, in the order of their files and with the images of the first.
    public let models: [ComparedModel]
    /// Training images per class; nil where neither a file of counts nor the first file says them.
    public let counts: ClassCounts?
    /// Figures with their intervals and, of several models, the change from the first to the last.
    public let comparison: ReportTable
    /// A row for each class.
    public let classes: ReportTable
    /// What was made of the files that they do not say themselves, a sentence each.
    public let notes: [String]

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - paths: One file a model; all of the same images.
    ///   - path: A file of training counts (`ClassCountsFile`).
    ///   - rule: How classes are grouped.
    ///   - seed: For the intervals.
    public init(
        _ paths: [String], counts path: String? = nil, rule: ShotGroupRule = .threshold, seed: UInt64
    ) throws(LongTailError) {
        let known: ClassCounts? = if let path { try ClassCountsFile.read(path) } else { nil }
        var (models, notes, counts) = ([ComparedModel](), [String](), known)
        for path in paths {
            let file = try PredictionFile.read(path, counts: known)
            let name = file.model ?? Path(path).stem
            notes += file.notes.map { "\(path): \($0)" }
            guard let first = models.first?.predictions else {
                counts = counts ?? file.counts
                models.append(
                    ComparedModel(name: name, report: try file.report(), predictions: file.predictions))
                continue
            }
            let own: PredictionTable
            do throws(LongTailError) { own = try first.paired(with: file.predictions) } catch { throw error.at(path) }
            let report = try own.report(classwise: file.classwiseCalibrationError)
            let taken = models.contains { $0.name == name }
            models.append(
                ComparedModel(name: taken ? "\(name) (\(models.count + 1))" : name, report: report, predictions: own))
        }
        comparison = try .comparison(models, counts: counts, rule: rule, seed: seed)
        classes = try .perClass(models, counts: counts, rule: rule)
        (self.models, self.counts, self.notes) = (models, counts, notes)
    }

    /// What another program's evaluator prints for each model.
    public func table(_ convention: MetricConvention, rule: ShotGroupRule = .threshold) throws(LongTailError)
        -> ReportTable
    {
        try .convention(convention, models, groups: counts?.groups(rule))
    }
}
