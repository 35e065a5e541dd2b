import CLongTailTorch
import Foundation
import LongTailBasics
import LongTailSerialization

extension Tensor {
    /// A copy of a host tensor, on the current device.
    public convenience init(_ host: HostTensor) throws(LongTailError) {
        let sizes = host.shape.map(Int64.init)
        var handle: ct_tensor?
        let device = Device.current
        let status = host.bytes.withUnsafeBytes {
            ct_tensor_from_bytes(
                $0.baseAddress, host.dtype.scalarType, sizes, sizes.count, device == .cpu ? nil : device.name, &handle)
        }
        guard status == 0, let handle else {
            throw LongTailError.engine("from_bytes", "\(host.shape) \(host.dtype.rawValue)")
        }
        self.init(owning: handle)
    }

    /// A copy of Swift numbers on the current device; `values.count` must be the product of `shape` (a vector if nil).
    ///
    /// A GPU's copy is only queued: nothing waits for it.
    public convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) throws(LongTailError) {
        let shape = shape ?? [values.count]
        guard shape.reduce(1, *) == values.count else {
            throw LongTailError(.engine, "\(values.count) numbers do not fill the shape \(shape)")
        }
        let sizes = shape.map(Int64.init)
        var handle: ct_tensor?
        let device = Device.current
        let status = values.withUnsafeBytes {
            ct_tensor_from_bytes(
                $0.baseAddress, Element.dtype.scalarType, sizes, sizes.count, device == .cpu ? nil : device.name,
                &handle)
        }
        guard status == 0, let handle else {
            throw LongTailError.engine("from_bytes", "\(shape) \(Element.dtype.rawValue)")
        }
        self.init(owning: handle)
    }

    /// The elements in row-major order, converted to `Element` first where the type differs.
    public func array<Element: TensorElement>(of type: Element.Type = Element.self) throws(LongTailError) -> [Element] {
        let source = dtype == Element.dtype ? self : try to(Element.dtype)
        let count = source.count
        var status: Int32 = 0
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            status = ct_tensor_to_bytes(source.handle, buffer.baseAddress, count * MemoryLayout<Element>.stride)
            filled = status == 0 ? count : 0
        }
        guard status == 0 else { throw LongTailError.engine("to_bytes", source.summary) }
        return values
    }

    /// The only element of a tensor that has one.
    public func item() throws(LongTailError) -> Double {
        let values = try array(of: Double.self)
        guard values.count == 1 else { throw LongTailError(.engine, "item() needs one element, not shape \(shape)") }
        return values[0]
    }

    /// The only elements of tensors that have one each, of one type, on one device: read together, waited for once.
    public static func items(_ scalars: [Tensor]) throws(LongTailError) -> [Double] {
        switch scalars.count {
        case 0: []
        case 1: [try scalars[0].item()]
        default: try stack(scalars).array()
        }
    }

    /// A copy in host memory.
    public func host() throws(LongTailError) -> HostTensor {
        guard let dtype else {
            throw LongTailError(.engine, "a tensor of this element type cannot be stored: \(summary)")
        }
        var bytes = Data(count: count * dtype.size)
        let byteCount = bytes.count
        let status = bytes.withUnsafeMutableBytes { ct_tensor_to_bytes(handle, $0.baseAddress, byteCount) }
        guard status == 0 else { throw LongTailError.engine("to_bytes", summary) }
        return HostTensor(dtype: dtype, shape: shape, bytes: bytes)
    }

    package var summary: String { "\(shape) \(dtype?.rawValue ?? "other") \(device)" }
}

/// Swift numbers that are a tensor's elements.
public protocol TensorElement: BitwiseCopyable {
    static var dtype: DType { get }
}

extension Double: TensorElement {
    public static var dtype: DType { .float64 }
}

extension Float: TensorElement {
    public static var dtype: DType { .float32 }
}

extension Int64: TensorElement {
    public static var dtype: DType { .int64 }
}

extension Int: TensorElement {
    public static var dtype: DType { .int64 }
}

extension Int32: TensorElement {
    public static var dtype: DType { .int32 }
}

extension UInt8: TensorElement {
    public static var dtype: DType { .uint8 }
}
