import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Which row of a classifier belongs to which class, found among classes of equal count from labelled images.
///
/// A classifier whose classes were numbered by a sort that is not stable is right up to an exchange of rows between
/// classes of equal count. Each such group is an assignment problem over the images' predictions.
package struct HeadOrder: Sendable, Equatable {
    /// For each class, the label that the classifier gives its images: its row as the classifier stands.
    package let rows: [Int]
    /// Images of classes that share their count with another.
    package let images: Int
    /// Of those, rightly predicted as the classifier stands.
    package let hitsBefore: Int
    /// Rightly predicted after the exchange.
    package let hitsAfter: Int

    /// Classes that get another row.
    package var moved: Int { rows.indices.count { rows[$0] != $0 } }

    /// Finds the exchange within groups of equal count that makes the most predictions right.
    ///
    /// Where images do not decide, a class keeps its row.
    /// - Parameters:
    ///   - counts: Training images per class.
    ///   - predictions: Of a network with the classifier as it stands, on labelled images.
    package init(_ counts: [Int], _ predictions: PredictionTable) throws(LongTailError) {
        guard counts.count == predictions.classNames.count else {
            throw LongTailError(
                .data, "predictions of \(predictions.classNames.count) classes, but counts of \(counts.count)")
        }
        var rows = Array(counts.indices)
        var (before, after, images) = (0, 0, 0)
        let groups = ClassOrder.ties(counts)
        var place: [Int: (group: Int, index: Int)] = [:]
        var confusion = groups.map { [[Int]](repeating: [Int](repeating: 0, count: $0.count), count: $0.count) }
        for (group, labels) in groups.enumerated() {
            for (index, label) in labels.enumerated() { place[label] = (group, index) }
        }
        for (target, predicted) in zip(predictions.targets, predictions.predicted) {
            guard let row = place[Int(target)] else { continue }
            images += 1
            guard let column = place[Int(predicted)], column.group == row.group else { continue }
            confusion[row.group][row.index][column.index] += 1
        }
        for (labels, table) in zip(groups, confusion) {
            let gains = table.indices.map { row in
                table.indices.map { table[row][$0] * (table.count + 1) + ($0 == row ? 1 : 0) }
            }
            for (row, column) in Assignment.best(gains).enumerated() {
                rows[labels[row]] = labels[column]
                before += table[row][row]
                after += table[row][column]
            }
        }
        (self.rows, self.images, hitsBefore, hitsAfter) = (rows, images, before, after)
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
