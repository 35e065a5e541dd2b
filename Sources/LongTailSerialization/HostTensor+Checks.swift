import Foundation
import LongTailBasics

extension HostTensor {
    /// The most dimensions a tensor of a file may have (PyTorch's own limit).
    package static let dimensionLimit = 64

    /// Bytes that `shape` takes, or nil for a negative size or an overflow.
    package static func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            count = product
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.size)
        return overflow ? nil : bytes
    }

    /// A tensor from a file's bytes, which fill the shape; a bool that is neither 0 nor 1 is refused.
    package static func checked(
        _ dtype: DType, _ shape: [Int], _ bytes: Data, name: String, path: String
    ) throws(LongTailError) -> HostTensor {
        if dtype == .bool, bytes.contains(where: { $0 > 1 }) {
            throw LongTailError(
                .checkpoint, "\(path): tensor \(excerpt(name)): a bool is neither 0 nor 1",
                remedy: "The file is damaged: copy or download it again.")
        }
        return HostTensor(dtype: dtype, shape: shape, bytes: bytes)
    }

    /// Element type and sizes as messages show them: `F32 [64, 3]`.
    public var summary: String { "\(dtype.rawValue) \(shape)" }
}
