import Foundation
import LongTailBasics

/// A beta distribution of a share p over classes, by its mean and its concentration a + b.
///
/// The mean stands as the angle θ of mean = sin²(πθ/2), on which scale a proportion's error is the same everywhere, and the
/// concentration as its logarithm.
struct BetaKernel: Sendable {
    private(set) var angle: Double
    private(set) var logConcentration: Double
    let a: Double
    let b: Double

    /// A kernel; the mean is kept 1e-6 away from 0 and 1.
    init(angle: Double, logConcentration: Double) {
        (self.angle, self.logConcentration) = (angle, logConcentration)
        let root = sin(.pi / 2 * angle)
        let mean = min(max(root * root, 1e-6), 1 - 1e-6)
        let concentration = exp(logConcentration)
        (a, b) = (concentration * mean, concentration * (1 - mean))
    }

    /// One drawn evenly over angles and over a range of logarithms.
    init(within range: ClosedRange<Double>, _ random: inout CounterRandom) {
        self.init(
            angle: random.uniform(),
            logConcentration: range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform())
    }

    /// A neighbour, by a symmetric step that is reflected at the borders; steps are of all sizes, so that none must be tuned.
    func neighbour(within range: ClosedRange<Double>, _ random: inout CounterRandom) -> BetaKernel {
        let step = pow(10, -3 * random.uniform())
        return BetaKernel(
            angle: Self.reflected(angle + 0.5 * step * random.normal(), in: 0...1),
            logConcentration: Self.reflected(
                logConcentration + 4 * step * (random.below(2) == 0 ? 0.3 : 1) * random.normal(), in: range))
    }

    /// log of the beta-binomial likelihood of the pairs at `rows`, without the binomial coefficient, into their places of `column`.
    func logLikelihoods(of trials: [Trials], at rows: [Int], most: Int, into column: inout [Double]) {
        // Γ(a + k) / Γ(a) is a product of k factors: sums of logarithms serve all pairs at once, where that is less work.
        guard most <= 4 * rows.count else {
            let norm = logGamma(a + b) - logGamma(a) - logGamma(b)
            for row in rows {
                let pair = trials[row]
                column[row] =
                    norm + logGamma(a + Double(pair.hits)) + logGamma(b + Double(pair.misses))
                    - logGamma(a + b + Double(pair.total))
            }
            return
        }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * (most + 1)) { sums in
            let (hits, misses, totals) = (0, most + 1, 2 * (most + 1))
            (sums[hits], sums[misses], sums[totals]) = (0, 0, 0)
            for count in 0..<most {
                sums[hits + count + 1] = sums[hits + count] + log(a + Double(count))
                sums[misses + count + 1] = sums[misses + count] + log(b + Double(count))
                sums[totals + count + 1] = sums[totals + count] + log(a + b + Double(count))
            }
            for row in rows {
                let pair = trials[row]
                column[row] = sums[hits + pair.hits] + sums[misses + pair.misses] - sums[totals + pair.total]
            }
        }
    }

    private static func reflected(_ value: Double, in range: ClosedRange<Double>) -> Double {
        var value = value
        while !range.contains(value) {
            value = (value < range.lowerBound ? 2 * range.lowerBound : 2 * range.upperBound) - value
        }
        return value
    }
}

/// log Γ(x) of x > 0, by Stirling's series from 8 on (Abramowitz and Stegun 6.1.41) and the recurrence below; within 1e-11.
func logGamma(_ x: Double) -> Double {
    var (x, product) = (x, 1.0)
    while x < 8 {
        product *= x
        x += 1
    }
    let (inverse, square) = (1 / x, 1 / (x * x))
    let series = inverse * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square / 1680)))
    let value = (x - 0.5) * log(x) - x + 0.918938533204672742 + series
    return product == 1 ? value : value - log(product)
}
