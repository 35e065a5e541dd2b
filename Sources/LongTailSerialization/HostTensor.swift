import Foundation

/// The element types that checkpoints hold; raw values are safetensors' names.
public enum DType: String, Sendable, Codable, CaseIterable {
    /// IEEE floating point of 64 bits (torch.float64).
    case float64 = "F64"
    /// IEEE floating point of 32 bits (torch.float32).
    case float32 = "F32"
    /// IEEE floating point of 16 bits (torch.float16).
    case float16 = "F16"
    /// Brain floating point of 16 bits (torch.bfloat16).
    case bfloat16 = "BF16"
    /// Signed integer of 64 bits (torch.int64).
    case int64 = "I64"
    /// Signed integer of 32 bits (torch.int32).
    case int32 = "I32"
    /// Signed integer of 16 bits (torch.int16).
    case int16 = "I16"
    /// Signed integer of 8 bits (torch.int8).
    case int8 = "I8"
    /// Unsigned integer of 8 bits (torch.uint8).
    case uint8 = "U8"
    /// A byte that is 0 or 1 (torch.bool).
    case bool = "BOOL"

    /// Bytes an element.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether it is one of the floating-point types.
    public var isFloatingPoint: Bool { [.float64, .float32, .float16, .bfloat16].contains(self) }
}

/// A tensor as plain bytes in host memory: a value, free to cross threads and processes.
///
/// Row-major, little-endian, without gaps: `bytes.count == shape.product * dtype.size`.
public struct HostTensor: Sendable, Equatable {
    /// Element type.
    public let dtype: DType
    /// Sizes, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements' bytes.
    public let bytes: Data

    /// Makes a tensor from its bytes; the count must fit, which readers check before they call this.
    public init(dtype: DType, shape: [Int], bytes: Data) {
        precondition(bytes.count == shape.reduce(1, *) * dtype.size, "bytes do not fill the shape")
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
}
