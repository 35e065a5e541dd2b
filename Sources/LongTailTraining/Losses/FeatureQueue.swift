import LongTailBasics
import LongTailTorch

/// The last features and labels, as a ring: the memory of PaCo and GPaCo.
///
/// A module of three buffers under the names of PaCo's checkpoints, so that it is saved and resumed with a network.
public final class FeatureQueue: Module {
    private let features: Buffer
    private let labels: Buffer
    private let pointer: Buffer

    /// A queue of `capacity` random unit vectors with random labels, as in the official code, which normalises along the
    /// other axis.
    ///
    /// - Throws: When a size is below 1.
    public init(capacity: Int, dimension: Int, classes: Int, _ draw: inout WeightInitializer) throws(LongTailError) {
        guard capacity > 0, dimension > 0, classes > 0 else {
            throw LongTailError(
                .usage, "a queue needs a capacity, a dimension and classes, found \((capacity, dimension, classes))")
        }
        // Fan-in 2 is the standard deviation 1.
        features = Buffer(try draw.kaimingNormal([capacity, dimension], fanIn: 2).normalize(1))
        let positions = try draw.uniform([capacity], bound: 1).array(of: Double.self)
        labels = Buffer(try Tensor(positions.map { min(classes - 1, Int(($0 + 1) / 2 * Double(classes))) }))
        pointer = Buffer(try Tensor([0]))
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("queue", .buffer(features)), ("queue_l", .buffer(labels)), ("queue_ptr", .buffer(pointer))]
    }

    /// The number of entries.
    public var capacity: Int { labels.tensor.count }

    /// All entries: capacity × D and capacity, without gradient; a copy, so that `enqueue` does not change a graph that
    /// was built on it.
    public func contents() throws(LongTailError) -> (features: Tensor, labels: Tensor) {
        (try features.tensor.clone(), try labels.tensor.clone())
    }

    /// Overwrites the oldest entries.
    ///
    /// Unlike the official code, whose capacity must be a multiple of the batch, a batch may pass the end of the ring.
    ///
    /// - Parameters:
    ///   - newFeatures: N×D with N ≤ capacity; detached here.
    ///   - newLabels: N class indices, int64.
    public func enqueue(_ newFeatures: Tensor, _ newLabels: Tensor) throws(LongTailError) {
        let (count, dimension) = (newLabels.count, features.tensor.size(1))
        guard newFeatures.shape == [count, dimension], newLabels.rank == 1, count <= capacity else {
            throw LongTailError(
                .engine,
                "features of the shape \(newFeatures.shape) with labels of the shape \(newLabels.shape) do not fit a queue"
                    + " of \(capacity) vectors of \(dimension)")
        }
        // A pointer from a file may be anything.
        let start = ((Int(try pointer.tensor.item()) % capacity) + capacity) % capacity
        let fitting = min(count, capacity - start)
        try withoutGradients { () throws(LongTailError) in
            for (from, to, place) in [(0, fitting, start), (fitting, count, 0)] where to > from {
                let end = place + to - from
                try features.tensor.slice(0, from: place, to: end).copy_(newFeatures.slice(0, from: from, to: to))
                try labels.tensor.slice(0, from: place, to: end).copy_(newLabels.slice(0, from: from, to: to))
            }
            try pointer.tensor.copy_(Tensor([(start + count) % capacity]))
        }
    }
}
