import LongTailBasics
import LongTailSerialization

extension Tensor {
    /// The same elements under another shape; one size may be −1.
    public func reshape(_ shape: [Int]) throws(LongTailError) -> Tensor {
        try call("aten::reshape", .tensor(self), .ints(shape))
    }

    /// The dimensions from `start` on folded into one.
    public func flatten(from start: Int = 1) throws(LongTailError) -> Tensor {
        try call("aten::flatten.using_ints", .tensor(self), .int(start))
    }

    /// The rows at int64 positions along a dimension.
    public func indexSelect(_ dimension: Int, _ index: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::index_select", .tensor(self), .int(dimension), .tensor(index))
    }

    /// Elements at int64 positions along a dimension (torch.gather).
    public func gather(_ dimension: Int, _ index: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::gather", .tensor(self), .int(dimension), .tensor(index))
    }

    /// A new dimension of size one.
    public func unsqueeze(_ dimension: Int) throws(LongTailError) -> Tensor {
        try call("aten::unsqueeze", .tensor(self), .int(dimension))
    }

    /// Without a dimension of size one.
    public func squeeze(_ dimension: Int) throws(LongTailError) -> Tensor {
        try call("aten::squeeze.dim", .tensor(self), .int(dimension))
    }

    /// Every `step`-th element of a range along a dimension, without copying.
    public func slice(_ dimension: Int, from start: Int, to end: Int, step: Int = 1) throws(LongTailError) -> Tensor {
        try call("aten::slice.Tensor", .tensor(self), .int(dimension), .int(start), .int(end), .int(step))
    }

    /// One position along a dimension, which disappears; without copying.
    public func select(_ dimension: Int, _ position: Int) throws(LongTailError) -> Tensor {
        try call("aten::select.int", .tensor(self), .int(dimension), .int(position))
    }

    /// The slices along a dimension, in order: backwards they are put together once, where each `select` would fill a whole.
    public func unbind(_ dimension: Int) throws(LongTailError) -> [Tensor] {
        try Engine.call("aten::unbind.int", .tensor(self), .int(dimension))
    }

    /// Dimensions of size one repeated to a size; −1 leaves one as it is; without copying.
    public func expand(_ shape: [Int]) throws(LongTailError) -> Tensor {
        try call("aten::expand", .tensor(self), .ints(shape))
    }

    /// Dimensions in another order, without copying.
    public func permute(_ order: [Int]) throws(LongTailError) -> Tensor {
        try call("aten::permute", .tensor(self), .ints(order))
    }

    /// Two dimensions exchanged, without copying.
    public func transpose(_ a: Int, _ b: Int) throws(LongTailError) -> Tensor {
        try call("aten::transpose.int", .tensor(self), .int(a), .int(b))
    }

    /// Padded by zeros; `amounts` are (before, after) pairs, the last dimension first.
    public func pad(_ amounts: [Int]) throws(LongTailError) -> Tensor {
        try call("aten::constant_pad_nd", .tensor(self), .ints(amounts))
    }

    /// Tensors side by side along a dimension; the other sizes must be equal.
    public static func cat(_ tensors: [Tensor], _ dimension: Int = 0) throws(LongTailError) -> Tensor {
        try call("aten::cat", .tensors(tensors), .int(dimension))
    }

    /// Tensors of one shape along a new dimension.
    public static func stack(_ tensors: [Tensor], _ dimension: Int = 0) throws(LongTailError) -> Tensor {
        try call("aten::stack", .tensors(tensors), .int(dimension))
    }

    /// `source` added to a copy at int64 positions along a dimension (torch.scatter_add).
    public func scatterAdd(_ dimension: Int, _ index: Tensor, _ source: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::scatter_add", .tensor(self), .int(dimension), .tensor(index), .tensor(source))
    }

    /// Adds the rows of `source` at int64 positions along a dimension, in place (torch.Tensor.index_add_).
    @discardableResult
    public func indexAdd_(_ dimension: Int, _ index: Tensor, _ source: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::index_add_", .tensor(self), .int(dimension), .tensor(index), .tensor(source))
    }
}
