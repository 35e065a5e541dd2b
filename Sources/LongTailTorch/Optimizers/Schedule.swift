import Foundation

/// The learning rate as a function of the epoch; nothing is stepped, so resuming needs no state.
public struct Schedule: Sendable {
    private let rate: @Sendable (_ epoch: Int) -> Double

    /// The rate in an epoch, counted from 0; of a schedule made for steps, in a step counted from the beginning of the stage.
    public func callAsFunction(epoch: Int) -> Double { rate(epoch) }

    /// The same rate throughout.
    public static func constant(_ base: Double) -> Schedule { Schedule { _ in base } }

    /// base/2 · (1 + cos(π e / E)), as MiSLAS computes it each epoch; never quite reaches 0.
    public static func cosine(_ base: Double, epochs: Int) -> Schedule {
        Schedule { epoch in base / 2 * (1 + cos(Double.pi * Double(epoch) / Double(epochs))) }
    }

    /// base/2 · (1 + cos(π (e − w + 1) / (E − w + 1))), as PaCo computes it after w epochs of warm-up.
    public static func cosine(_ base: Double, epochs: Int, after warmup: Int) -> Schedule {
        Schedule { epoch in
            base / 2 * (1 + cos(Double.pi * Double(epoch - warmup + 1) / Double(epochs - warmup + 1)))
        }
    }

    /// The rate multiplied by `factor` for each milestone m with e + 1 > m, as MiSLAS and LDAM count them.
    public static func steps(_ base: Double, milestones: [Int], factor: Double) -> Schedule {
        Schedule { epoch in base * pow(factor, Double(milestones.count { epoch + 1 > $0 })) }
    }

    /// A linear rise before the rest: in epoch e < w the rate is `base` · (a + (b − a) · e / w).
    ///
    /// - Parameters:
    ///   - base: The learning rate at the end of the rise.
    ///   - epochs: w.
    ///   - start: a; with b one w-th, and one and a w-th, unless given, the rate is `base` · (e + 1) / w.
    ///   - end: b, where the line would be in epoch w; 1 where a alone is given.
    public func warmedUp(_ base: Double, epochs: Int, from start: Double? = nil, to end: Double? = nil) -> Schedule {
        let step = 1 / Double(max(1, epochs))
        guard start != nil || end != nil else {
            return Schedule { epoch in epoch < epochs ? base * Double(epoch + 1) / Double(epochs) : rate(epoch) }
        }
        let (first, last) = (start ?? step, end ?? 1)
        return Schedule { epoch in
            epoch < epochs ? base * (first + (last - first) * Double(epoch) * step) : rate(epoch)
        }
    }
}
