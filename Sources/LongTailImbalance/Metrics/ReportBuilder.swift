import LongTailBasics

/// Takes batches of probabilities as they come and ends in a `ClassReport`; keeps the five largest of an image.
public struct ReportBuilder: Sendable {
    private let classNames: [String]
    private var classwise: CalibrationBins
    private var top: TopClasses
    private var targets: [Int32] = []

    /// An empty report on classes in label order.
    public init(classNames: [String]) throws(LongTailError) {
        try checkClassNames(classNames)
        self.classNames = classNames
        classwise = CalibrationBins(series: classNames.count)
        top = TopClasses(classes: classNames.count)
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
            let own = UnsafeBufferPointer(rebasing: probabilities[row * classes..<(row + 1) * classes])
            for (label, value) in own.enumerated() {
                // 1.01, because a softmax in bfloat16 rounds above 1.
                guard value >= 0, value <= 1.01 else { throw Self.notProbability(value, image: targets.count) }
                classwise.add(value, true: label == Int(target), series: label)
            }
            top.add(own)
            targets.append(target)
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
    /// - Parameter images: The names of the images; nil where they have none.
    /// - Throws: When nothing was added, or not as many images as there are names.
    public func finish(
        images: [String]? = nil
    ) throws(LongTailError) -> (report: ClassReport, predictions: PredictionTable) {
        let predictions = try PredictionTable(
            classNames: classNames, targets: targets, predicted: top.best, confidence: top.bestScores,
            further: try top.further(), images: images)
        return (try predictions.report(classwise: classwise.meanError), predictions)
    }

    private static func notProbability(_ value: Float, image: Int) -> LongTailError {
        LongTailError(
            .training, "the network's output for test image \(image) is no probability: \(value)",
            remedy: "A NaN means broken weights: training diverged or the checkpoint is damaged. "
                + "Evaluate an earlier checkpoint or train with a lower learning rate.")
    }
}
