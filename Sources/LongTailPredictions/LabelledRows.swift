import LongTailBasics
import LongTailImbalance

/// Labels of images, and what their scores, row by row, say about them.
struct LabelledRows {
    let targets: [Int]
    private let guesses: [Int]?
    private let counts: ClassCounts?

    private var top: TopClasses?
    private var bins: CalibrationBins?
    private var columns: Int?
    private var confidence: [Float] = []
    /// Rows whose scores are no probabilities, and the first of them.
    private var strange = (count: 0, first: 0)
    private var otherGuesses = 0

    init(targets: [Int], guesses: [Int]?, counts: ClassCounts?) {
        (self.targets, self.guesses, self.counts) = (targets, guesses, counts)
    }

    /// Before the first row of scores.
    ///
    /// - Parameter columns: The number of classes that rows have scores of; nil where they have one, of the predicted class.
    mutating func begin(columns: Int?) throws(LongTailError) {
        guard let columns else {
            guard guesses == nil else { return }
            throw LongTailError(
                .data, "has one score an image, and there is no y_pred that says of which class",
                remedy: "Save y_pred too, or scores of all classes.")
        }
        if let counts, counts.classCount != columns {
            throw LongTailError(
                .data, "has \(columns) columns, but the counts name \(counts.classCount) classes",
                remedy: "Are these the counts of the same data set?")
        }
        for (labels, name) in [(targets, "true"), (guesses ?? [], "predicted")] {
            guard let row = labels.firstIndex(where: { $0 >= columns }) else { continue }
            throw LongTailError(
                .data, "has \(columns) columns, but the \(name) label of row \(row) is \(labels[row])",
                remedy: "Save a column a class, in the order of the labels.")
        }
        (self.columns, top, bins) = (columns, TopClasses(classes: columns), CalibrationBins(series: columns))
    }

    /// Takes a row of finite scores.
    mutating func add(_ scores: [Float], row: Int) {
        let sum = scores.reduce(0) { $0 + Double($1) }
        let isProbable =
            scores.allSatisfy { $0 >= 0 } && (columns == nil ? sum <= 1.01 : abs(sum - 1) <= 1e-3)
        if !isProbable {
            if strange.count == 0 { strange.first = row }
            strange.count += 1
        }
        guard columns != nil else { return confidence.append(scores.first ?? 0) }
        scores.withUnsafeBufferPointer { top?.add($0) }
        if strange.count == 0 {
            for (label, score) in scores.enumerated() { bins?.add(score, true: label == targets[row], series: label) }
        }
        let best = guesses?[row] ?? Int(top?.labels[row * (top?.width ?? 1)] ?? 0)
        confidence.append(scores[best])
        if scores[best] < scores.max() ?? 0 { otherGuesses += 1 }
    }

    /// All that was found.
    func file(_ path: String) throws(LongTailError) -> PredictionFile {
        let known = columns ?? counts?.classCount ?? (max(targets.max() ?? 0, guesses?.max() ?? 0) + 1)
        for (labels, name) in [(targets, "y_true"), (guesses ?? [], "y_pred")] {
            if let row = labels.firstIndex(where: { $0 >= known }) {
                throw ClassVocabulary.strangeLabel(labels[row], counts, at: "\(path): row \(row) of \(name)")
            }
        }
        let predicted = guesses?.map { Int32(truncatingIfNeeded: $0) } ?? top?.best ?? []
        let areScores = strange.count == 0 && !confidence.isEmpty
        return PredictionFile(
            predictions: try PredictionTable(
                classNames: counts?.names ?? (0..<known).map { "\($0)" },
                targets: targets.map { Int32(truncatingIfNeeded: $0) }, predicted: predicted,
                confidence: areScores ? confidence : nil, further: try further(predicted, withScores: areScores)),
            counts: counts, classwiseCalibrationError: areScores ? bins?.meanError : nil, notes: notes)
    }

    /// The best classes but the predicted one, which need not be the best of all.
    private func further(_ predicted: [Int32], withScores: Bool) throws(LongTailError) -> FurtherClasses? {
        guard let top, top.width > 1 else { return nil }
        var (labels, scores): ([Int32], [Float]) = ([], [])
        for (row, own) in predicted.enumerated() {
            let places = (row * top.width..<(row + 1) * top.width).filter { top.labels[$0] != own }.prefix(
                top.width - 1)
            for place in places {
                labels.append(top.labels[place])
                scores.append(top.scores[place])
            }
        }
        return try FurtherClasses(width: top.width - 1, labels: labels, scores: withScores ? scores : nil)
    }

    private var notes: [String] {
        var notes: [String] = []
        if strange.count > 0 {
            notes.append(
                "the scores of \(strange.count) of \(targets.count) images, the first of which is row \(strange.first), are no "
                    + "probabilities of sum 1: only their order is used, and calibration is left out")
        }
        if otherGuesses > 0 {
            notes.append("y_pred is not the class of the largest score in \(otherGuesses) rows: y_pred is used")
        }
        return notes
    }
}
