import LongTailBasics

/// Takes batches of probabilities as they come and ends in a `ClassReport`; keeps no probabilities.
public struct ReportBuilder: Sendable {
    private let classNames: [String]
    private var hits: [Int]
    private var totals: [Int]
    private var top = CalibrationBins()
    private var classwise: CalibrationBins
    private var targets: [Int32] = []
    private var predicted: [Int32] = []
    private var confidence: [Float] = []

    /// An empty report on classes in label order.
    public init(classNames: [String]) throws(LongTailError) {
        try checkClassNames(classNames)
        self.classNames = classNames
        hits = Array(repeating: 0, count: classNames.count)
        totals = hits
        classwise = CalibrationBins(series: classNames.count)
    }

    /// Adds a batch.
    ///
    /// - Parameters:
    ///   - probabilities: N×C float32, row-major, after softmax. The largest wins, the lowest label among equals.
    ///   - batch: N true labels.
    /// - Throws: For shapes that do not fit, labels out of range and numbers that are no probabilities (NaN).
    ///   The builder is then half-filled and must be thrown away.
    public mutating func add(
        probabilities: UnsafeBufferPointer<Float>, targets batch: [Int32]
    ) throws(LongTailError) {
        let classes = classNames.count
        let expected = batch.count.multipliedReportingOverflow(by: classes)
        guard !expected.overflow, probabilities.count == expected.partialValue else {
            throw LongTailError(
                .data, "\(probabilities.count) probabilities for \(batch.count) images and \(classes) classes")
        }
        for (row, target) in batch.enumerated() {
            guard (0..<classes).contains(Int(target)) else {
                throw LongTailError(
                    .data, "test image \(targets.count) has the label \(target), which is not in 0..<\(classes)")
            }
            var best = 0
            for label in 0..<classes {
                let value = probabilities[row * classes + label]
                // 1.01, because a softmax in bfloat16 rounds above 1.
                guard value >= 0, value <= 1.01 else { throw Self.notProbability(value, image: targets.count) }
                if value > probabilities[row * classes + best] { best = label }
                classwise.add(value, true: label == Int(target), series: label)
            }
            let winner = probabilities[row * classes + best]
            let hit = best == Int(target)
            top.add(winner, true: hit)
            hits[Int(target)] += hit ? 1 : 0
            totals[Int(target)] += 1
            targets.append(target)
            predicted.append(Int32(best))
            confidence.append(winner)
        }
    }

    /// Adds a batch from an array; see `add(probabilities:targets:)` over a buffer.
    public mutating func add(probabilities: [Float], targets: [Int32]) throws(LongTailError) {
        // One try inside the closure would be rethrown untyped.
        let result = probabilities.withUnsafeBufferPointer { buffer in
            Result { () throws(LongTailError) in try add(probabilities: buffer, targets: targets) }
        }
        try result.get()
    }

    /// The report and what was predicted for each image, in the order of adding.
    ///
    /// - Throws: When nothing was added.
    public func finish() throws(LongTailError) -> (report: ClassReport, predictions: PredictionTable) {
        let errors = classNames.indices.map { classwise.error(series: $0) }
        let report = try ClassReport(
            classNames: classNames, hits: hits, totals: totals, calibrationError: top.error(),
            classwiseCalibrationError: errors.reduce(0, +) / Double(errors.count))
        let predictions = try PredictionTable(
            classNames: classNames, targets: targets, predicted: predicted, confidence: confidence)
        return (report, predictions)
    }

    private static func notProbability(_ value: Float, image: Int) -> LongTailError {
        LongTailError(
            .training, "the network's output for test image \(image) is no probability: \(value)",
            remedy: "A NaN means broken weights: training diverged or the checkpoint is damaged. "
                + "Evaluate an earlier checkpoint or train with a lower learning rate.")
    }
}
