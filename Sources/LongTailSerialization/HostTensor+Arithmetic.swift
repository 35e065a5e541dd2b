import Foundation
import LongTailBasics

/// Arithmetic on tensors in double precision, in plain loops: what merging and importing need.
extension HostTensor {
    /// Adds `weight` times every element to `sums`, which has as many; floating-point types only.
    ///
    /// Product and sum are rounded one after the other (no fused multiply-add).
    public func add(to sums: inout [Double], weight: Double) {
        switch dtype {
        case .float64: add(Double.self, &sums, weight)
        case .float32: add(Float.self, &sums, weight)
        case .float16: add(Float16.self, &sums, weight)
        case .bfloat16: add(BFloat16.self, &sums, weight)
        default: preconditionFailure("only floating-point tensors are summed in double")
        }
    }

    /// A tensor of `sums[i] / divisor`, rounded once to a floating-point `dtype`.
    public init(_ sums: [Double], dividedBy divisor: Double = 1, shape: [Int], dtype: DType) {
        precondition(sums.count == shape.reduce(1, *), "sums do not fill the shape")
        let bytes =
            switch dtype {
            case .float64: Self.bytes(Double.self, sums, divisor)
            case .float32: Self.bytes(Float.self, sums, divisor)
            case .float16: Self.bytes(Float16.self, sums, divisor)
            case .bfloat16: Self.bytes(BFloat16.self, sums, divisor)
            default: preconditionFailure("only floating-point tensors are made of doubles")
            }
        self.init(dtype: dtype, shape: shape, bytes: bytes)
    }

    /// The elements as doubles, whatever the type (exact up to 2^53 for integers).
    public var doubles: [Double] {
        guard dtype.isFloatingPoint else { return integers.map(Double.init) }
        var values = [Double](repeating: 0, count: count)
        add(to: &values, weight: 1)
        return values
    }

    /// The elements of an integer or bool tensor; empty for the floating-point types.
    public var integers: [Int] {
        switch dtype {
        case .int64: integers(Int64.self)
        case .int32: integers(Int32.self)
        case .int16: integers(Int16.self)
        case .int8: integers(Int8.self)
        case .uint8, .bool: integers(UInt8.self)
        default: []
        }
    }

    /// A tensor of integers; values beyond an integer `dtype` become its nearest bound.
    public init(integers: [Int], shape: [Int], dtype: DType) {
        let bytes =
            switch dtype {
            case .int64: Self.bytes(Int64.self, integers)
            case .int32: Self.bytes(Int32.self, integers)
            case .int16: Self.bytes(Int16.self, integers)
            case .int8: Self.bytes(Int8.self, integers)
            case .uint8: Self.bytes(UInt8.self, integers)
            case .bool: Self.bytes(UInt8.self, integers.map { $0 == 0 ? 0 : 1 })
            default: preconditionFailure("only integer tensors are made of integers")
            }
        self.init(dtype: dtype, shape: shape, bytes: bytes)
    }

    private func add<Element: StoredFloat>(_: Element.Type, _ sums: inout [Double], _ weight: Double) {
        precondition(sums.count == count, "as many sums as elements")
        bytes.withUnsafeBytes { raw in
            sums.withUnsafeMutableBufferPointer { sums in
                for i in sums.indices {
                    let element = raw.loadUnaligned(fromByteOffset: i * MemoryLayout<Element>.size, as: Element.self)
                    sums[i] += weight * element.widened
                }
            }
        }
    }

    private static func bytes<Element: StoredFloat>(_: Element.Type, _ sums: [Double], _ divisor: Double) -> Data {
        var bytes = Data(count: sums.count * MemoryLayout<Element>.size)
        bytes.withUnsafeMutableBytes { raw in
            sums.withUnsafeBufferPointer { sums in
                for i in sums.indices {
                    raw.storeBytes(
                        of: Element(rounding: sums[i] / divisor), toByteOffset: i * MemoryLayout<Element>.size,
                        as: Element.self)
                }
            }
        }
        return bytes
    }

    private func integers<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) -> [Int] {
        bytes.withUnsafeBytes { raw in
            (0..<count).map {
                Int(raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self))
            }
        }
    }

    private static func bytes<Element: FixedWidthInteger>(_: Element.Type, _ integers: [Int]) -> Data {
        integers.map { Element(clamping: $0).littleEndian }.withUnsafeBytes { Data($0) }
    }
}

extension Int {
    /// The nearest integer, halves to even; beyond the range of Int its nearest bound.
    package init(nearest value: Double) {
        let whole = value.rounded(.toNearestOrEven)
        self = Int(exactly: whole) ?? (whole > 0 ? .max : whole < 0 ? .min : 0)
    }
}
