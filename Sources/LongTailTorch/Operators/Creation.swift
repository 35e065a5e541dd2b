import LongTailBasics
import LongTailSerialization

extension Tensor {
    /// Zeros, on the current device unless one is named.
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: String? = nil
    ) throws(LongTailError) -> Tensor {
        try call("aten::zeros", .ints(shape), .dtype(dtype), .none, .device(device ?? Device.current.name))
    }

    /// Ones on the current device.
    public static func ones(_ shape: [Int], dtype: DType = .float32) throws(LongTailError) -> Tensor {
        try call("aten::ones", .ints(shape), .dtype(dtype), .none, .device(Device.current.name))
    }

    /// Ones on the diagonal of a rows × columns matrix of this tensor's type and device, zeros elsewhere.
    public func eyeLike(_ rows: Int, _ columns: Int) throws(LongTailError) -> Tensor {
        try call(
            "aten::eye.m", .int(rows), .int(columns), dtype.map { .dtype($0) } ?? .none, .none, .device(device))
    }

    /// Zeros of this tensor's shape, type and device.
    public func zerosLike() throws(LongTailError) -> Tensor { try call("aten::zeros_like", .tensor(self)) }

    /// Ones of this tensor's shape, type and device.
    public func onesLike() throws(LongTailError) -> Tensor { try call("aten::ones_like", .tensor(self)) }

    /// A copy with storage of its own.
    public func clone() throws(LongTailError) -> Tensor { try call("aten::clone", .tensor(self)) }

    /// The same elements as another type; itself when the type is that already.
    public func to(_ dtype: DType) throws(LongTailError) -> Tensor {
        try call("aten::to.dtype", .tensor(self), .dtype(dtype))
    }

    /// The same elements with another tensor's type, on its device.
    public func to(like other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::to.other", .tensor(self), .tensor(other))
    }

    /// The same elements on another device.
    public func to(device: String) throws(LongTailError) -> Tensor {
        try call("aten::to.dtype_layout", .tensor(self), .none, .none, .device(device))
    }

    /// Overwrites this tensor's elements; shapes must broadcast.
    @discardableResult
    public func copy_(_ source: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::copy_", .tensor(self), .tensor(source))
    }

    /// The order of elements in memory of an N×C×H×W tensor.
    public enum MemoryFormat: Int, Sendable {
        /// Planes: N, C, H, W.
        case contiguous = 0
        /// Pixels: N, H, W, C; what convolutions are fastest with.
        case channelsLast = 2
    }

    /// The same elements in another memory order.
    public func contiguous(_ format: MemoryFormat = .contiguous) throws(LongTailError) -> Tensor {
        try call("aten::contiguous", .tensor(self), .int(format.rawValue))
    }
}
