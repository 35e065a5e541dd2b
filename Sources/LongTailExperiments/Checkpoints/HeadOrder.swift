import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Which row of a classifier belongs to which class, found from a network's predictions on labelled images.
///
/// An order is looked for on one half of the images and believed when the balanced recall on the other half gains with an
/// interval above zero.
package struct HeadOrder: Sendable, Equatable {
    /// How an order was come by.
    package enum Source: String, Sendable {
        /// The classes stand as the data have them.
        case data = "the data's order"
        /// Numbers in names count as numbers: 2 before 10.
        case natural = "the natural order of numbers in their names"
        /// Upper and lower case are the same.
        case caseless = "the order of their names without regard to upper and lower case"
        /// The one that makes the most predictions right.
        case found = "an order found from the predictions"
    }

    /// For each class, the label that the classifier gives its images: its row as the classifier stands.
    package let rows: [Int]
    package let source: Source
    /// Images looked at.
    package let images: Int
    /// Mean recall over the classes, as the classifier stands, on the images that the order was not found from.
    package let recallBefore: Double
    /// The same in the order of `rows`.
    package let recallAfter: Double

    /// The classes' names in the order of the classifier's rows.
    package func names(_ names: [String]) -> [String] {
        var ordered = names
        for (label, row) in rows.enumerated() { ordered[row] = names[label] }
        return ordered
    }

    /// Classes that get another row.
    package var moved: Int { rows.indices.count { rows[$0] != $0 } }

    /// Looks for the order of a classifier's rows; where the images do not decide, a class keeps its row.
    ///
    /// - Parameter predictions: Of a network with the classifier as it stands, on labelled images.
    package init(_ predictions: PredictionTable) {
        let halves = LabelledHalves(predictions)
        let kept = Array(predictions.classNames.indices)
        let (whole, first, second) = (halves.whole, halves.first, halves.second)
        images = predictions.targets.count
        for (rows, source) in Self.byName(predictions.classNames) where whole.believes(rows) {
            let found = first.best(from: rows)
            let isBetter = second.believes(found, over: rows) && second.recall(found) > second.recall(rows)
            self.rows = isBetter ? whole.best(from: found) : rows
            self.source = isBetter ? .found : source
            (recallBefore, recallAfter) = (second.recall(kept), second.recall(self.rows))
            return
        }
        let found = first.best(from: kept)
        let isBetter = second.believes(found)
        rows = isBetter ? whole.best(from: found) : kept
        source = isBetter ? .found : .data
        (recallBefore, recallAfter) = (second.recall(kept), second.recall(rows))
    }

    /// Orders that names suggest: what other programs make of the same folders.
    private static func byName(_ names: [String]) -> [(rows: [Int], source: Source)] {
        func rows(_ options: String.CompareOptions) -> [Int] {
            let order = names.indices.sorted { first, second in
                let order = names[first].compare(names[second], options: options)
                return order == .orderedSame ? first < second : order == .orderedAscending
            }
            var rows = [Int](repeating: 0, count: names.count)
            for (row, label) in order.enumerated() { rows[label] = row }
            return rows
        }
        let known: [(rows: [Int], source: Source)] = [
            (rows(.numeric), .natural), (rows(.caseInsensitive), .caseless),
        ]
        return known.filter { $0.rows != Array(names.indices) }
    }

    /// Weights whose classifier has, for class c, the row that stood at `rows[c]`.
    ///
    /// - Throws: `.checkpoint` when the classifier is not of that many classes.
    package static func reordered(
        _ weights: StateDict, rows: [Int], parts: [any ClassifierPart.Type] = Methods.parts
    ) throws(LongTailError) -> StateDict {
        guard let form = Classifier.Form(weights) else { return weights }
        var draw = WeightInitializer.shapes
        let classifier = try Classifier(form.kind, form.shape, &draw)
        try classifier.addParts(named: weights.keys, of: parts)
        let dimensions = classifier.classDimensions
        var weights = weights
        for (name, tensor) in weights {
            guard let dimension = dimensions[name] else { continue }
            guard tensor.shape.count > dimension, tensor.shape[dimension] == rows.count else {
                throw LongTailError(.checkpoint, "\(name) is of shape \(tensor.shape), not of \(rows.count) classes")
            }
            weights[name] = tensor.selected(rows, along: dimension)
        }
        return weights
    }
}

extension HostTensor {
    /// The slices at some positions along a dimension, each of which must be there.
    fileprivate func selected(_ positions: [Int], along dimension: Int) -> HostTensor {
        let inner = shape[(dimension + 1)...].reduce(dtype.size, *)
        let outer = shape[..<dimension].reduce(1, *)
        var bytes = bytes
        bytes.removeAll(keepingCapacity: true)
        for block in 0..<outer {
            for position in positions {
                let start = self.bytes.startIndex + (block * shape[dimension] + position) * inner
                bytes += self.bytes[start..<start + inner]
            }
        }
        return HostTensor(dtype: dtype, shape: shape, bytes: bytes)
    }
}
