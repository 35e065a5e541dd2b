/// A 95 % percentile interval.
public struct ConfidenceInterval: Codable, Sendable, Equatable {
    /// The 2.5 % quantile.
    public let lower: Double
    /// The 97.5 % quantile.
    public let upper: Double

    /// An interval from its ends.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The 2.5 % and 97.5 % quantiles of replicates, interpolated linearly between ranks; empty ones give 0.
    init(of replicates: [Double]) {
        let sorted = replicates.sorted()
        func quantile(_ share: Double) -> Double {
            guard let last = sorted.last else { return 0 }
            let rank = share * Double(sorted.count - 1)
            let below = Int(rank)
            guard below + 1 < sorted.count else { return last }
            return sorted[below] + (rank - Double(below)) * (sorted[below + 1] - sorted[below])
        }
        self.init(lower: quantile(0.025), upper: quantile(0.975))
    }

    /// Whether a number lies in it, ends included.
    public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
