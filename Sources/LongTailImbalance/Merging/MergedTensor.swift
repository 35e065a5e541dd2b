import Foundation
import LongTailBasics
import LongTailSerialization

/// One tensor of a merge that is under way: its rule and what has been gathered so far.
struct MergedTensor: Sendable {
    /// How members come together; bools always follow `first`.
    enum Rule: String, Sendable, CaseIterable {
        case mean
        case roundedMean = "rounded-mean"
        case first
        case max
        case sum
    }

    let rule: Rule
    package let dtype: DType
    let shape: [Int]
    /// Weighted sums, for the two means.
    var sums: [Double] = []
    /// Integers so far, for maximum and sum.
    var integers: [Int] = []
    /// The first member's tensor, where that is kept.
    var first: HostTensor?

    /// Starts with the first member's tensor.
    init(_ tensor: HostTensor, name: String, weight: Double, integers rule: IntegerRule, buffers: BufferPolicy) {
        (dtype, shape) = (tensor.dtype, tensor.shape)
        self.rule =
            if dtype == .bool || (buffers == .first && BufferPolicy.covers(name)) {
                .first
            } else if dtype.isFloatingPoint {
                .mean
            } else {
                switch rule {
                case .first: .first
                case .max: .max
                case .sum: .sum
                case .roundedMean: .roundedMean
                }
            }
        switch self.rule {
        case .mean, .roundedMean:
            sums = [Double](repeating: 0, count: tensor.count)
            accumulate(tensor, weight)
        case .first: first = tensor
        case .max, .sum: integers = tensor.integers
        }
    }

    /// Takes in the next member's tensor, of the same type and shape; false when an integer sum overflows.
    package mutating func add(_ tensor: HostTensor, weight: Double) -> Bool {
        switch rule {
        case .mean, .roundedMean: accumulate(tensor, weight)
        case .first: break
        case .max: for (i, value) in tensor.integers.enumerated() { integers[i] = Swift.max(integers[i], value) }
        case .sum:
            for (i, value) in tensor.integers.enumerated() {
                let (sum, overflow) = integers[i].addingReportingOverflow(value)
                if overflow { return false }
                integers[i] = sum
            }
        }
        return true
    }

    /// The merged tensor, when the weights add up to `total`.
    func merged(total: Double) -> HostTensor {
        switch rule {
        case .mean: HostTensor(sums, dividedBy: total, shape: shape, dtype: dtype)
        case .roundedMean:
            HostTensor(integers: sums.map { Int(nearest: $0 / total) }, shape: shape, dtype: dtype)
        case .first: first ?? HostTensor(integers: [], shape: [0], dtype: dtype)
        case .max, .sum: HostTensor(integers: integers, shape: shape, dtype: dtype)
        }
    }

    private mutating func accumulate(_ tensor: HostTensor, _ weight: Double) {
        if rule == .mean {
            tensor.add(to: &sums, weight: weight)
        } else {
            for (i, value) in tensor.integers.enumerated() { sums[i] += weight * Double(value) }
        }
    }
}

extension MergedTensor {
    /// Name and tensor under which the state is saved: `RULE.DTYPE/NAME`.
    func snapshot(_ name: String) -> (key: String, tensor: HostTensor) {
        let tensor =
            switch rule {
            case .mean, .roundedMean: HostTensor(sums, shape: shape, dtype: .float64)
            case .first: merged(total: 1)
            case .max, .sum: HostTensor(integers: integers, shape: shape, dtype: .int64)
            }
        return ("\(rule.rawValue).\(dtype.rawValue)/\(name)", tensor)
    }

    /// Goes on from a saved state; nil when key and tensor do not belong together.
    init?(key: Substring, tensor: HostTensor) {
        let words = key.split(separator: ".")
        guard words.count == 2, let rule = Rule(rawValue: String(words[0])),
            let dtype = DType(rawValue: String(words[1]))
        else { return nil }
        (self.rule, self.dtype, shape) = (rule, dtype, tensor.shape)
        switch rule {
        case .mean:
            guard tensor.dtype == .float64, dtype.isFloatingPoint else { return nil }
            sums = tensor.doubles
        case .roundedMean:
            guard tensor.dtype == .float64, !dtype.isFloatingPoint else { return nil }
            sums = tensor.doubles
        case .first:
            guard tensor.dtype == dtype else { return nil }
            first = tensor
        case .max, .sum:
            guard tensor.dtype == .int64, !dtype.isFloatingPoint else { return nil }
            integers = tensor.integers
        }
    }
}
