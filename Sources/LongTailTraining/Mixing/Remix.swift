import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// Remix: mixup whose label goes to the smaller class alone when the image is mostly of the larger one.
///
/// Chou et al. 2020, equation 10. For λ x_i + (1 − λ) x_j the label's share of y_i is 0 if n_i / n_j ≥ κ and λ < τ; 1 if
/// n_i / n_j ≤ 1 / κ and 1 − λ < τ; otherwise λ.
public struct Remix: Sendable {
    private let counts: [Int]
    private let kappa: Double
    private let tau: Double

    /// A rule for given class counts, none 0.
    ///
    /// - Parameters:
    ///   - counts: Training images per class.
    ///   - kappa: κ, at least 1; the paper's 3.
    ///   - tau: τ in 0...1; the paper's 0.5.
    public init(_ counts: ClassCounts, kappa: Double = 3, tau: Double = 0.5) throws(LongTailError) {
        try require("Remix's kappa", kappa, atLeast: 1)
        try require("Remix's tau", tau, atLeast: 0, atMost: 1)
        try counts.requireNoEmptyClass(for: "Remix")
        (self.counts, self.kappa, self.tau) = (counts.counts, kappa, tau)
    }

    /// The share of y_i for classes i and j mixed by λ.
    public func share(_ first: Int, _ second: Int, lambda: Double) throws(LongTailError) -> Double {
        guard counts.indices.contains(first), counts.indices.contains(second) else {
            throw LongTailError(.data, "labels \(first) and \(second) are not both in 0..<\(counts.count)")
        }
        let (n, m) = (Double(counts[first]), Double(counts[second]))
        if n >= kappa * m, lambda < tau { return 0 }
        if n * kappa <= m, 1 - lambda < tau { return 1 }
        return lambda
    }

    /// N×K target distributions of a mixed batch in float64, for `SoftTargetCrossEntropy`.
    public func targets(_ first: [Int], _ second: [Int], lambda: Double) throws(LongTailError) -> Tensor {
        guard first.count == second.count else {
            throw LongTailError(.data, "\(first.count) labels mixed with \(second.count)")
        }
        var rows = [Double](repeating: 0, count: first.count * counts.count)
        for (row, pair) in zip(first, second).enumerated() {
            let share = try share(pair.0, pair.1, lambda: lambda)
            rows[row * counts.count + pair.0] += share
            rows[row * counts.count + pair.1] += 1 - share
        }
        return try Tensor(rows, shape: [first.count, counts.count])
    }
}
