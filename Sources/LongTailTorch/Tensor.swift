import CLongTailTorch
import Foundation
import LongTailBasics
import LongTailSerialization

/// A tensor of libtorch: one counted handle with reference semantics, as in PyTorch.
///
/// Two variables may name the same storage; operators whose name ends in an underscore change it in place.
/// Not Sendable: a tensor stays on the thread that made it. Plain values (`HostTensor`) cross threads.
public final class Tensor {
    let handle: ct_tensor

    /// Takes over a handle that libtorch handed out.
    init(owning handle: ct_tensor) { self.handle = handle }

    deinit { ct_tensor_free(handle) }

    /// Sizes, outermost first.
    public var shape: [Int] { (0..<ct_tensor_rank(handle)).map { Int(ct_tensor_size(handle, $0)) } }

    /// Number of dimensions.
    public var rank: Int { ct_tensor_rank(handle) }

    /// Size of one dimension; negative ones count from the end.
    public func size(_ dimension: Int) -> Int { shape[dimension < 0 ? rank + dimension : dimension] }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Element type, nil for one that checkpoints do not hold (complex, quantised).
    public var dtype: DType? { DType(scalarType: ct_tensor_dtype(handle)) }

    /// Where it lives: "cpu", "cuda:0".
    public var device: String { String(cString: ct_tensor_device(handle)) }
}

extension DType {
    /// The number that c10::ScalarType gives this type.
    var scalarType: Int32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .int16: 2
        case .int32: 3
        case .int64: 4
        case .float16: 5
        case .float32: 6
        case .float64: 7
        case .bool: 11
        case .bfloat16: 15
        }
    }

    init?(scalarType: Int32) {
        guard let match = DType.allCases.first(where: { $0.scalarType == scalarType }) else { return nil }
        self = match
    }
}
