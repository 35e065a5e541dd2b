import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailSerialization
import LongTailTorch

/// Label-aware smoothing: the smoothing of a sample grows with the size of its class.
///
/// Zhong et al. 2021, section 3.3. L = (1 − ε_y)(−log p_y) + ε_y · mean over all K classes of (−log p_c), averaged over the batch. As in the official
/// code, the smoothing mass is spread over all classes, the true one included; the paper writes ε/(K−1) on the others.
public struct LabelAwareSmoothing: Loss {
    /// How the smoothing grows from the smallest class to the largest, with
    /// t = (n_c - n_min) / (n_max - n_min).
    public enum Shape: String, Sendable, CaseIterable {
        /// tail + (head - tail) · sin(π/2 · t); every official configuration.
        case concave
        /// tail + (head - tail) · t.
        case linear
        /// head + (head - tail) · sin(3π/2 + π/2 · t).
        case convex
        /// tail + (head - tail) · t^power.
        case exp
    }

    private let smoothing: Tensor

    /// A loss for given class counts; `dtype` is that of the logits it will see.
    public init(
        _ counts: ClassCounts, head: Double, tail: Double, shape: Shape, power: Double = 1,
        dtype: DType = .float32
    ) throws(LongTailError) {
        let values = Self.smoothing(counts, head: head, tail: tail, shape: shape, power: power)
        smoothing = try Tensor(values).to(dtype)
    }

    /// ε of every class, in label order; equal counts everywhere give the head's value.
    public static func smoothing(
        _ counts: ClassCounts, head: Double, tail: Double, shape: Shape, power: Double = 1
    ) -> [Double] {
        let (largest, smallest) = (counts.maximum, counts.counts.min() ?? 0)
        return counts.counts.map { count in
            let t = largest > smallest ? Double(count - smallest) / Double(largest - smallest) : 1
            return switch shape {
            case .concave: tail + (head - tail) * sin(.pi / 2 * t)
            case .linear: tail + (head - tail) * t
            case .convex: head + (head - tail) * sin(1.5 * .pi + .pi / 2 * t)
            case .exp: tail + (head - tail) * pow(t, power)
            }
        }
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        let logProbabilities = try logits.logSoftmax()
        let epsilon = try smoothing.indexSelect(0, targets)
        let own = try logProbabilities.gather(1, targets.unsqueeze(1)).squeeze(1)
        let others = try logProbabilities.mean([1])
        // −(1 − ε) a − ε b = ε (a − b) − a
        return try epsilon.mul(own.sub(others)).sub(own).mean()
    }
}
