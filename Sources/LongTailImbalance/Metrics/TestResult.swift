import LongTailBasics

/// What one model did on the test images.
public struct TestResult: Codable, Sendable {
    /// The stage, or the file, that it came from.
    public var name: String
    /// Hits per class and what follows from them.
    public var report: ClassReport
    /// Each image's prediction.
    public var predictions: PredictionTable

    /// A result of parts.
    public init(name: String, report: ClassReport, predictions: PredictionTable) {
        (self.name, self.report, self.predictions) = (name, report, predictions)
    }

    /// Decodes and checks that both parts are of the same classes.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try box.decode(String.self, forKey: .name), report: try box.decode(ClassReport.self, forKey: .report),
            predictions: try box.decode(PredictionTable.self, forKey: .predictions))
        guard report.classNames == predictions.classNames else {
            throw LongTailError(.data, "a report and predictions of different classes")
        }
    }
}
