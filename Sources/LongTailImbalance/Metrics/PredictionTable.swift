import LongTailBasics

/// What a model said about every image of a split: enough to compare two models image by image.
public struct PredictionTable: Sendable, Equatable {
    /// The class names in label order.
    public let classNames: [String]
    /// True labels, N.
    public let targets: [Int32]
    /// Predicted labels, N.
    public let predicted: [Int32]
    /// Their probabilities, N; nil where they are not known, as in some files of other programs.
    public let confidence: [Float]?
    /// The next probable classes; nil where they are not known or there is one class.
    public let further: FurtherClasses?
    /// The images' names, N; nil where they are not known.
    public let images: [String]?
    /// The group or fold of every image, N; nil where there are none.
    public let groups: [String]?

    /// A table from its columns.
    ///
    /// - Throws: When the columns differ in length, a label is out of range, a further class is the predicted one or stands twice,
    ///   or a score is no probability.
    public init(
        classNames: [String], targets: [Int32], predicted: [Int32], confidence: [Float]? = nil,
        further: FurtherClasses? = nil, images: [String]? = nil, groups: [String]? = nil
    ) throws(LongTailError) {
        try checkClassNames(classNames)
        guard targets.count == predicted.count, targets.count == confidence?.count ?? targets.count else {
            throw LongTailError(
                .data,
                "predictions with \(targets.count) targets, \(predicted.count) labels and "
                    + "\(confidence?.count ?? targets.count) confidences")
        }
        for (count, what) in [(images?.count, "names"), (groups?.count, "groups")]
        where count ?? targets.count != targets.count {
            throw LongTailError(.data, "predictions of \(targets.count) images with \(count ?? 0) \(what)")
        }
        let labels = 0..<Int32(clamping: classNames.count)
        for column in [targets, predicted] {
            if let row = column.firstIndex(where: { !labels.contains($0) }) {
                throw LongTailError(.data, "prediction \(row) has the label \(column[row]), which is not in \(labels)")
            }
        }
        if let row = confidence?.firstIndex(where: Self.isNoProbability) {
            throw LongTailError(
                .data, "prediction \(row) has the confidence \(confidence?[row] ?? 0), which is no probability")
        }
        if let further { try Self.check(further, predicted, labels) }
        self.classNames = classNames
        self.targets = targets
        self.predicted = predicted
        // A zero has no sign, so that no text of it begins with one.
        self.confidence = confidence?.map { $0 == 0 ? 0 : $0 }
        self.further = further
        self.images = images
        self.groups = groups
    }

    /// A sum of rounded shares may be a little more than 1.
    package static func isNoProbability(_ score: Float) -> Bool { !(0...1.01).contains(score) }

    /// The same with the names of its images.
    public func naming(_ images: [String]) throws(LongTailError) -> PredictionTable {
        try PredictionTable(
            classNames: classNames, targets: targets, predicted: predicted, confidence: confidence, further: further,
            images: images, groups: groups)
    }

    private static func check(
        _ further: FurtherClasses, _ predicted: [Int32], _ labels: Range<Int32>
    ) throws(LongTailError) {
        guard further.labels.count / further.width == predicted.count else {
            throw LongTailError(
                .data,
                "predictions of \(predicted.count) images with further classes of \(further.labels.count / further.width)"
            )
        }
        for row in predicted.indices {
            var seen = [predicted[row]]
            for label in further.labels[row * further.width..<(row + 1) * further.width] {
                guard labels.contains(label), !seen.contains(label) else {
                    throw LongTailError(
                        .data,
                        "prediction \(row) has the further label \(label), which is not in \(labels) or stands twice")
                }
                seen.append(label)
            }
        }
        if let place = further.scores?.firstIndex(where: isNoProbability) {
            throw LongTailError(
                .data,
                "prediction \(place / further.width) has the score \(further.scores?[place] ?? 0), which is no probability"
            )
        }
    }
}
