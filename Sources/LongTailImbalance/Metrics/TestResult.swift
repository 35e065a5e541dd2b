/// What one model did on the test images.
public struct TestResult: Sendable, Equatable {
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
}
