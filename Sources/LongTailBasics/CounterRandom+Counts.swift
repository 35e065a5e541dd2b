import Foundation

extension CounterRandom {
    /// How many of `trials` trials succeed, each with `probability`.
    ///
    /// By inversion; of more than 1,000 trials halved first by order statistics of uniform numbers (Devroye 1986, chapter X.4).
    public mutating func binomial(_ trials: Int, _ probability: Double) -> Int {
        guard trials > 0, probability > 0 else { return 0 }
        guard probability < 1 else { return trials }
        if probability > 0.5 { return trials - binomial(trials, 1 - probability) }
        let odds = probability / (1 - probability)
        if Double(trials) * probability < 8 {
            var weight = exp(Double(trials) * log1p(-probability))
            var (point, count) = (uniform(), 0)
            while point > weight, count < trials {
                point -= weight
                count += 1
                weight *= odds * Double(trials - count + 1) / Double(count)
            }
            return count
        }
        guard trials <= LogFactorials.most else {
            let middle = trials / 2 + 1
            let split = beta(Double(middle), Double(trials + 1 - middle))
            return split <= probability
                ? middle + binomial(trials - middle, (probability - split) / (1 - split))
                : binomial(middle - 1, probability / split)
        }
        let mode = Int(Double(trials + 1) * probability)
        let weight =
            exp(LogFactorials.choose(trials, mode) + Double(mode) * log(odds) + Double(trials) * log1p(-probability))
        return fromMode(mode, weight, in: 0...trials) { odds * Double(trials - $0) / Double($0 + 1) }
    }

    /// How many of `marked` among `total` come along when `drawn` are drawn without replacement.
    ///
    /// By inversion; of more than 1,000 one marked after the other.
    public mutating func hypergeometric(marked: Int, total: Int, drawn: Int) -> Int {
        if 2 * marked > total { return drawn - hypergeometric(marked: total - marked, total: total, drawn: drawn) }
        guard marked > 0, drawn > 0 else { return 0 }
        guard total <= LogFactorials.most else {
            var found = 0
            for index in 0..<marked where below(total - index) < drawn - found { found += 1 }
            return found
        }
        let mode = (drawn + 1) * (marked + 1) / (total + 2)
        let weight = exp(
            LogFactorials.choose(marked, mode) + LogFactorials.choose(total - marked, drawn - mode)
                - LogFactorials.choose(total, drawn))
        return fromMode(mode, weight, in: max(0, marked + drawn - total)...min(marked, drawn)) {
            Double((marked - $0) * (drawn - $0)) / Double(($0 + 1) * (total - marked - drawn + $0 + 1))
        }
    }

    /// A count by inversion that begins at the mode and goes up and down in turn.
    ///
    /// - Parameters:
    ///   - mode: The most probable count, of probability `weight`.
    ///   - range: All counts that there are.
    ///   - ratio: The probability of the next count over that of a count.
    private mutating func fromMode(
        _ mode: Int, _ weight: Double, in range: ClosedRange<Int>, ratio: (Int) -> Double
    ) -> Int {
        var point = uniform() - weight
        var (above, up, below, down) = (mode, weight, mode, weight)
        while point > 0, above < range.upperBound || below > range.lowerBound {
            if above < range.upperBound {
                up *= ratio(above)
                above += 1
                point -= up
                if point <= 0 { return above }
            }
            if below > range.lowerBound {
                below -= 1
                down /= ratio(below)
                point -= down
                if point <= 0 { return below }
            }
        }
        return mode
    }
}

/// log k! of small k.
private enum LogFactorials {
    static let most = 1_000

    private static let values: [Double] = {
        var sum = 0.0
        return (0...most).map { count in
            if count > 1 { sum += log(Double(count)) }
            return sum
        }
    }()

    /// log of the binomial coefficient.
    static func choose(_ total: Int, _ count: Int) -> Double {
        values[total] - values[count] - values[total - count]
    }
}
