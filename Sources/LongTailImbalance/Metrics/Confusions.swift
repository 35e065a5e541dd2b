import LongTailBasics

/// How often each class was taken for which, of those that happened: the confusion matrix, sparse.
///
/// At most one entry an image, whatever the number of classes.
public struct Confusions: Sendable, Equatable {
    /// One cell of the matrix that is not zero.
    public struct Entry: Sendable, Equatable {
        /// The true class.
        public let target: Int
        /// The class that was named.
        public let predicted: Int
        /// Images of the one that were called the other.
        public let count: Int
    }

    /// The cells that are not zero, the diagonal's too, by true class, then by the class that was named.
    public let entries: [Entry]
    /// Test images of each class.
    public let totals: [Int]
    /// Images that were called each class.
    public let named: [Int]
    /// Images of each class that were recognised.
    public let hits: [Int]

    /// Counts what a model said.
    public init(_ predictions: PredictionTable) {
        let classes = predictions.classNames.count
        var counts: [Int: Int] = [:]
        var (totals, named, hits) = (
            [Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes),
            [Int](repeating: 0, count: classes)
        )
        for (target, predicted) in zip(predictions.targets, predictions.predicted) {
            let (target, predicted) = (Int(target), Int(predicted))
            counts[target * classes + predicted, default: 0] += 1
            totals[target] += 1
            named[predicted] += 1
            if target == predicted { hits[target] += 1 }
        }
        entries = counts.keys.sorted().map { key in
            Entry(target: key / classes, predicted: key % classes, count: counts[key] ?? 0)
        }
        (self.totals, self.named, self.hits) = (totals, named, hits)
    }

    /// The share of the images called a class that are of it; nil for one that was never named.
    public func precision(_ label: Int) -> Double? {
        guard named.indices.contains(label), named[label] > 0 else { return nil }
        return Double(hits[label]) / Double(named[label])
    }

    /// F1 = 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; nil for a class that has no test image
    /// and was never named.
    public func f1(_ label: Int) -> Double? {
        guard named.indices.contains(label), named[label] + totals[label] > 0 else { return nil }
        return 2 * Double(hits[label]) / Double(named[label] + totals[label])
    }

    /// The mean precision of the classes with test images; one that was never named counts as 0, as in scikit-learn
    /// (`zero_division=0`).
    public var macroPrecision: Double { mean { precision($0) ?? 0 } }

    /// The mean F1 of the classes with test images.
    public var macroF1: Double { mean { f1($0) ?? 0 } }

    /// What was taken for another class, by the share of the true class's images from the largest down; among equals the
    /// larger count comes first, then the lower label.
    public func worst(_ limit: Int) -> [Entry] {
        // a/b > c/d without rounding.
        func isWorse(_ a: Entry, _ b: Entry) -> Bool {
            let (left, right) = (a.count * totals[b.target], b.count * totals[a.target])
            return (-left, -a.count, a.target, a.predicted) < (-right, -b.count, b.target, b.predicted)
        }
        return Array(entries.filter { $0.target != $0.predicted }.sorted(by: isWorse).prefix(max(0, limit)))
    }

    private func mean(_ figure: (Int) -> Double) -> Double {
        let tested = totals.indices.filter { totals[$0] > 0 }
        return tested.reduce(0) { $0 + figure($1) } / Double(max(1, tested.count))
    }
}
