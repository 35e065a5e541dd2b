import LongTailBasics

/// The number of successes in `trials` trials, drawn by inverting the distribution's table.
///
/// The table is the exact recurrence outward from the mode, cut where a count is less likely than 1e-18 of it.
struct Binomial {
    private var lowest: Int
    private var cumulative: [Double]

    /// The distribution for 0 <= `probability` <= 1.
    init(trials: Int, probability: Double) {
        let mode = min(trials, Int((Double(trials) + 1) * probability))
        lowest = mode
        cumulative = []
        guard probability > 0, probability < 1 else { return }
        let odds = probability / (1 - probability)
        var below: [Double] = []
        var weight = 1.0
        while lowest > 0 {
            weight *= Double(lowest) / (Double(trials - lowest + 1) * odds)
            guard weight > 1e-18 else { break }
            below.append(weight)
            lowest -= 1
        }
        var sum = 0.0
        for weight in below.reversed() + [1] {
            sum += weight
            cumulative.append(sum)
        }
        weight = 1
        for count in mode..<trials {
            weight *= Double(trials - count) * odds / Double(count + 1)
            guard weight > 1e-18 else { break }
            sum += weight
            cumulative.append(sum)
        }
    }

    /// The counts that can be drawn.
    var range: ClosedRange<Int> { lowest...lowest + max(0, cumulative.count - 1) }

    /// One draw; takes a random number only where there is more than one outcome.
    func draw(_ random: inout CounterRandom) -> Int {
        guard let total = cumulative.last, cumulative.count > 1 else { return lowest }
        let point = random.uniform() * total
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > point { high = middle } else { low = middle + 1 }
        }
        return lowest + low
    }
}
