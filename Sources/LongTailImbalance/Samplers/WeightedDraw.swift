import LongTailBasics

/// Draws positions with probabilities in proportion to weights, with replacement.
struct WeightedDraw: Sendable {
    /// Running sums of the weights.
    private let sums: [Double]
    /// The last position with a weight above 0.
    private let last: Int

    /// Weights that are finite and not negative; nil when none is above 0.
    init?(_ weights: [Double]) {
        var (total, sums) = (0.0, [Double]())
        sums.reserveCapacity(weights.count)
        for weight in weights {
            guard weight >= 0 else { return nil }
            total += weight
            sums.append(total)
        }
        guard total > 0, total.isFinite, let last = weights.lastIndex(where: { $0 > 0 }) else { return nil }
        (self.sums, self.last) = (sums, last)
    }

    /// The first position whose running sum passes a uniform share of the total; never one of weight 0.
    func next(_ random: inout CounterRandom) -> Int {
        let goal = random.uniform() * (sums.last ?? 0)
        var (low, high) = (0, last)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > goal { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
