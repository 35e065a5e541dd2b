import Foundation
import LongTail
import TestSupport
import Testing

/// An evaluating and a training pass of a network, compared with a fixture's.
enum NetworkPass {
    /// Norm, and product with direction k of the formula.
    private static func pair(_ tensor: Tensor, _ k: Int) throws(LongTailError) -> [Double] {
        let values = try tensor.host().doubles
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return [norm, zip(values, Formula.uniform(2000 + k, values.count)).reduce(0) { $0 + $1.0 * $1.1 }]
    }

    /// The largest relative error of features, logits, loss, gradients and running statistics.
    ///
    /// - Parameters:
    ///   - network: With the fixture's weights.
    ///   - images: Its batch.
    ///   - fixture: What is expected.
    ///   - prefix: What its keys begin with.
    static func worst(
        _ network: Network, _ images: Tensor, _ fixture: StateDict, _ prefix: String
    ) throws -> WorstError {
        var worst = WorstError()
        // The layout of the fixture: another one has other kernels, and other rounding.
        let images = try images.contiguous()
        let labels = try Formula.labels(0, classes: 10, count: images.size(0))
        let before = try network.stateDict()
        for mode in ["eval", "train"] {
            try network.setTraining(mode == "train")
            let features = try network.backbone(images)
            let logits = try network.classifier(features)
            let loss = try logits.crossEntropy(labels)
            worst.note(
                "\(mode)/features",
                relativeError(
                    HostTensor(try pair(features, 0), shape: [2], dtype: .float64),
                    fixture["\(prefix)/\(mode)/features"]))
            worst.note("\(mode)/logits", try relativeError(logits, fixture["\(prefix)/\(mode)/logits"]))
            worst.note("\(mode)/loss", try relativeError(loss, fixture["\(prefix)/\(mode)/loss"]))
            if mode == "train" { try loss.backward() }
        }
        let tensors = try network.namedTensors().sorted { $0.name < $1.name }
        var (gradients, statistics): ([(String, [Double])], [(String, [Double])]) = ([], [])
        for (k, (name, tensor)) in tensors.enumerated() {
            if let gradient = try tensor.grad() { gradients.append((name, try pair(gradient, k))) }
            if name.hasSuffix("_mean") || name.hasSuffix("_var") { statistics.append((name, try pair(tensor, k))) }
            if name.hasSuffix("num_batches_tracked") {
                let isFrozen = network.backbone is ResNetPlaces && !name.hasPrefix("block.")
                let moved = try tensor.item() - (before[name]?.doubles.first ?? -1)
                worst.note(name, moved == (isFrozen ? 0 : 1) ? 0 : .infinity)
            }
        }
        for (key, rows) in [("gradients", gradients), ("buffers", statistics)] where !rows.isEmpty {
            let expected = try #require(fixture["\(prefix)/\(key)"])
            try #require(expected.shape == [rows.count, 2], "\(key): \(expected.shape), found \(rows.count)")
            // The gradient of a shift whose effect the next normalisation takes away is nothing but rounding: rows of less than a
            // hundredth of the largest count against that.
            let values = expected.doubles
            let lengths = rows.indices.map { hypot(values[2 * $0], values[2 * $0 + 1]) }
            let least = 1e-2 * (lengths.max() ?? 0)
            for (row, (name, found)) in rows.enumerated() {
                let difference = hypot(found[0] - values[2 * row], found[1] - values[2 * row + 1])
                worst.note("\(key)/\(name)", difference / max(lengths[row], least))
            }
        }
        return worst
    }
}
