import Foundation
import LongTailSerialization

/// A storage as a pickle names it: a run of elements that several tensors may share.
struct StorageLayout: Equatable {
    let key: String
    package let dtype: DType
    /// Number of elements.
    let count: Int

    /// Makes a layout, or nil when its size overflows.
    init?(key: String, dtype: DType, count: Int) {
        guard HostTensor.byteCount([count], dtype) != nil else { return nil }
        (self.key, self.dtype, self.count) = (key, dtype, count)
    }

    var byteCount: Int { count * dtype.size }
}

/// A tensor as a view on a storage: offset and strides in elements.
struct TensorLayout {
    let storage: StorageLayout
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    let byteCount: Int

    /// Checks that every element lies inside the storage; nil when not, or when a number overflows.
    init?(storage: StorageLayout, offset: Int, shape: [Int], strides: [Int]) {
        guard shape.count == strides.count, shape.count <= HostTensor.dimensionLimit, offset >= 0,
            strides.allSatisfy({ $0 >= 0 }), let byteCount = HostTensor.byteCount(shape, storage.dtype)
        else { return nil }
        if byteCount > 0 {
            var last = offset
            for (size, stride) in zip(shape, strides) {
                let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, more) = last.addingReportingOverflow(reach)
                guard !overflow, !more else { return nil }
                last = sum
            }
            guard last < storage.count else { return nil }
        }
        (self.storage, self.offset, self.shape, self.strides) = (storage, offset, shape, strides)
        self.byteCount = byteCount
    }

    /// The elements in row-major order, taken out of the storage's bytes.
    func gather(_ bytes: Data) -> Data {
        guard byteCount > 0 else { return Data() }
        let width = storage.dtype.size
        if isContiguous {
            if byteCount == bytes.count { return bytes }
            let start = bytes.startIndex + offset * width
            return Data(bytes[start..<start + byteCount])
        }
        var result = Data(count: byteCount)
        result.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { source in
                var index = [Int](repeating: 0, count: shape.count)
                var element = offset
                for position in stride(from: 0, to: byteCount, by: width) {
                    target[position..<position + width].copyBytes(from: source[element * width..<(element + 1) * width])
                    advance(&index, &element)
                }
            }
        }
        return result
    }

    /// Counts one element on, last dimension fastest.
    private func advance(_ index: inout [Int], _ element: inout Int) {
        for dimension in shape.indices.reversed() {
            index[dimension] += 1
            if index[dimension] < shape[dimension] {
                element += strides[dimension]
                return
            }
            element -= (shape[dimension] - 1) * strides[dimension]
            index[dimension] = 0
        }
    }

    private var isContiguous: Bool {
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }
}
