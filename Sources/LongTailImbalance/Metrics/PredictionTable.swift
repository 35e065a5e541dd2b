import LongTailBasics

/// What a model said about every image of a split: enough to compare two models image by image.
public struct PredictionTable: Codable, Sendable, Equatable {
    /// The class names in label order.
    public let classNames: [String]
    /// True labels, N.
    public let targets: [Int32]
    /// Most probable labels, N.
    public let predicted: [Int32]
    /// Their probabilities, N.
    public let confidence: [Float]

    /// A table from its columns.
    ///
    /// - Throws: When the columns differ in length, a label is out of range or a confidence is no probability.
    public init(
        classNames: [String], targets: [Int32], predicted: [Int32], confidence: [Float]
    ) throws(LongTailError) {
        try checkClassNames(classNames)
        guard targets.count == predicted.count, targets.count == confidence.count else {
            throw LongTailError(
                .data,
                "predictions with \(targets.count) targets, \(predicted.count) labels and "
                    + "\(confidence.count) confidences")
        }
        let labels = 0..<Int32(clamping: classNames.count)
        for column in [targets, predicted] {
            if let row = column.firstIndex(where: { !labels.contains($0) }) {
                throw LongTailError(.data, "prediction \(row) has the label \(column[row]), which is not in \(labels)")
            }
        }
        // A sum of rounded shares may be a little more than 1.
        if let row = confidence.firstIndex(where: { !(0...1.01).contains($0) }) {
            throw LongTailError(
                .data, "prediction \(row) has the confidence \(confidence[row]), which is no probability")
        }
        self.classNames = classNames
        self.targets = targets
        self.predicted = predicted
        self.confidence = confidence
    }

    /// Decodes and checks.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            classNames: box.decode([String].self, forKey: .classNames),
            targets: box.decode([Int32].self, forKey: .targets),
            predicted: box.decode([Int32].self, forKey: .predicted),
            confidence: box.decode([Float].self, forKey: .confidence))
    }
}
