import LongTailBasics
import LongTailSerialization

extension Tensor {
    /// Sum of all elements.
    public func sum() throws(LongTailError) -> Tensor { try call("aten::sum", .tensor(self)) }

    /// Sum over dimensions.
    public func sum(_ dimensions: [Int], keep: Bool = false) throws(LongTailError) -> Tensor {
        try call("aten::sum.dim_IntList", .tensor(self), .ints(dimensions), .bool(keep))
    }

    /// Mean of all elements.
    public func mean() throws(LongTailError) -> Tensor { try call("aten::mean", .tensor(self)) }

    /// Mean over dimensions.
    public func mean(_ dimensions: [Int], keep: Bool = false) throws(LongTailError) -> Tensor {
        try call("aten::mean.dim", .tensor(self), .ints(dimensions), .bool(keep))
    }

    /// Position of the largest element along a dimension, as int64.
    public func argmax(_ dimension: Int) throws(LongTailError) -> Tensor {
        try call("aten::argmax", .tensor(self), .int(dimension))
    }

    /// log Σ exp over dimensions, without overflow.
    public func logsumexp(_ dimensions: [Int], keep: Bool = false) throws(LongTailError) -> Tensor {
        try call("aten::logsumexp", .tensor(self), .ints(dimensions), .bool(keep))
    }

    /// The largest element over dimensions.
    public func amax(_ dimensions: [Int], keep: Bool = false) throws(LongTailError) -> Tensor {
        try call("aten::amax", .tensor(self), .ints(dimensions), .bool(keep))
    }

    /// Euclidean length along a dimension.
    public func norm(_ dimension: Int, keep: Bool = false) throws(LongTailError) -> Tensor {
        try call("aten::norm.ScalarOpt_dim", .tensor(self), .double(2), .ints([dimension]), .bool(keep))
    }

    /// The largest elements of each row, falling (torch.topk's values).
    public func topk(_ count: Int) throws(LongTailError) -> Tensor {
        try call("aten::topk", .tensor(self), .int(count))
    }
}
