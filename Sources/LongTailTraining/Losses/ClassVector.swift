import LongTailBasics
import LongTailTorch

/// One number per class, in label order, placed where the logits are when a loss needs it.
///
/// It remembers the placement, so that a training moves it once. A reference, like the tensor it holds.
public final class ClassVector {
    /// The numbers.
    public let values: [Double]
    private var placed: Tensor?

    public init(_ values: [Double]) { self.values = values }

    /// Weights per class: finite and positive.
    public convenience init(weights: [Double]) throws(LongTailError) {
        if let label = weights.indices.first(where: { !(weights[$0] > 0 && weights[$0].isFinite) }) {
            throw LongTailError(
                .usage, "the weight of class \(label) must be a positive number, found \(weights[label])")
        }
        self.init(weights)
    }

    /// The numbers as a tensor of K elements with the type and the device of logits (N×K).
    ///
    /// - Throws: When the logits are not of K classes, where broadcasting might hide it.
    public func like(_ logits: Tensor) throws(LongTailError) -> Tensor {
        guard logits.shape.last == values.count else {
            throw LongTailError(
                .engine, "the loss is for \(values.count) classes, the logits have the shape \(logits.shape)")
        }
        if let placed, placed.dtype == logits.dtype, placed.device == logits.device { return placed }
        let tensor = try withoutGradients { () throws(LongTailError) in
            try Tensor(values).to(like: logits)
        }
        // Not from inference mode, whose tensors must not enter autograd later.
        if logits.requiresGrad { placed = tensor }
        return tensor
    }
}

extension Tensor {
    /// Refuses what is not a batch of logits (N×K, N and K at least 1) with N targets.
    public func requireLogits(of targets: Tensor) throws(LongTailError) {
        guard rank == 2, count > 0 else {
            throw LongTailError(
                .engine, "a loss needs logits of the shape N×K with a sample and a class, found \(shape)")
        }
        guard targets.shape == [size(0)] else {
            throw LongTailError(.engine, "\(size(0)) rows of logits, but targets of the shape \(targets.shape)")
        }
    }

    /// Refuses tensors of another shape, where broadcasting might hide it, and empty ones.
    public func requireSameShape(as other: Tensor, _ what: String) throws(LongTailError) {
        guard shape == other.shape, rank == 2, count > 0 else {
            throw LongTailError(.engine, "\(what) of the shape \(other.shape) do not fit logits of the shape \(shape)")
        }
    }
}
