/// Fifteen equal bins over (0, 1], right-closed, filled with probabilities and whether they came true.
///
/// The calibration error of Guo, Pleiss, Sun and Weinberger (2017).
/// A probability of exactly 0 goes into the first bin and one that rounding pushed above 1 into the last; the
/// official code of BTM drops both. Borders are compared in float32.
package struct CalibrationBins: Sendable {
    static let binCount = 15

    private var counts: [Int]
    private var trues: [Int]
    private var sums: [Double]

    /// Empty bins for `series` series of probabilities (one per class, or one).
    package init(series: Int = 1) {
        counts = Array(repeating: 0, count: series * Self.binCount)
        trues = counts
        sums = Array(repeating: 0, count: series * Self.binCount)
    }

    /// The bin of a probability.
    @inline(__always)
    static func bin(_ probability: Float) -> Int {
        let scaled = probability * Float(binCount)
        let whole = Int(scaled)
        return min(max(Float(whole) == scaled ? whole - 1 : whole, 0), binCount - 1)
    }

    /// Adds one probability to a series.
    @inline(__always)
    package mutating func add(_ probability: Float, true isTrue: Bool, series: Int = 0) {
        let slot = series * Self.binCount + Self.bin(probability)
        counts[slot] += 1
        trues[slot] += isTrue ? 1 : 0
        sums[slot] += Double(probability)
    }

    /// The mean over series of their errors.
    package var meanError: Double {
        let series = counts.count / Self.binCount
        return (0..<series).map { error(series: $0) }.reduce(0, +) / Double(max(1, series))
    }

    /// Σ over bins of count/N · |share true - mean probability| for one series; 0 when it is empty.
    package func error(series: Int = 0) -> Double {
        let slots = series * Self.binCount..<(series + 1) * Self.binCount
        let total = counts[slots].reduce(0, +)
        guard total > 0 else { return 0 }
        return slots.reduce(0) { $0 + abs(Double(trues[$1]) - sums[$1]) } / Double(total)
    }
}
