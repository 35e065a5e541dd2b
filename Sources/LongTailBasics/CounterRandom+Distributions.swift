import Foundation

extension CounterRandom {
    /// A standard normal number (Marsaglia's polar method).
    public mutating func normal() -> Double {
        while true {
            let (u, v) = (2 * uniform() - 1, 2 * uniform() - 1)
            let s = u * u + v * v
            if s > 0, s < 1 { return u * (-2 * log(s) / s).squareRoot() }
        }
    }

    /// A Gamma(`shape`, 1) number (Marsaglia and Tsang 2000; below 1 by their boost).
    public mutating func gamma(_ shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(1 - uniform(), 1 / shape)
            return gamma(shape + 1) * boost
        }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            let u = 1 - uniform()
            // Their squeeze, which spares most logarithms.
            if u < 1 - 0.0331 * x * x * x * x || log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// A Beta(`alpha`, `alpha`) number.
    ///
    /// Mixup draws its lambda so (Zhang et al. 2018).
    public mutating func beta(_ alpha: Double) -> Double { beta(alpha, alpha) }

    /// A Beta(`a`, `b`) number.
    public mutating func beta(_ a: Double, _ b: Double) -> Double {
        let (x, y) = (gamma(a), gamma(b))
        let sum = x + y
        // Both underflow for tiny shapes, where it is a coin that shows 1 with probability a / (a + b).
        return sum > 0 ? x / sum : uniform() * (a + b) < a ? 1 : 0
    }

    /// Shares that add up to 1, Dirichlet(`shapes`): as many as there are shapes.
    public mutating func dirichlet(_ shapes: [Double]) -> [Double] {
        var shares = shapes
        // By stick breaking, which does not underflow as a quotient of gammas would.
        var (rest, left) = (1.0, shapes.reduce(0, +))
        for index in shapes.indices.dropLast() {
            left -= shapes[index]
            let share = beta(shapes[index], max(left, .leastNormalMagnitude))
            shares[index] = rest * share
            rest *= 1 - share
        }
        if let last = shares.indices.last { shares[last] = rest }
        return shares
    }

    /// How many of `trials` trials succeed, each with `probability`: inversion, halved first by order statistics of uniform
    /// numbers where that would be long (Devroye 1986, chapter X.4).
    public mutating func binomial(_ trials: Int, _ probability: Double) -> Int {
        guard trials > 0, probability > 0 else { return 0 }
        guard probability < 1 else { return trials }
        if probability > 0.5 { return trials - binomial(trials, 1 - probability) }
        guard Double(trials) * probability > 30 else {
            let odds = probability / (1 - probability)
            var weight = exp(Double(trials) * log1p(-probability))
            var (point, count) = (uniform(), 0)
            while point > weight, count < trials {
                point -= weight
                count += 1
                weight *= odds * Double(trials - count + 1) / Double(count)
            }
            return count
        }
        let middle = trials / 2 + 1
        let split = beta(Double(middle), Double(trials + 1 - middle))
        return split <= probability
            ? middle + binomial(trials - middle, (probability - split) / (1 - split))
            : binomial(middle - 1, probability / split)
    }

    /// How many of `marked` among `total` come along when `drawn` are drawn without replacement.
    public mutating func hypergeometric(marked: Int, total: Int, drawn: Int) -> Int {
        if 2 * marked > total { return drawn - hypergeometric(marked: total - marked, total: total, drawn: drawn) }
        guard marked > 0, drawn > 0 else { return 0 }
        // The probability of none, then upward by inversion; where it is too small for that, one marked after the other.
        let lowest = max(0, marked + drawn - total)
        var weight = 1.0
        if lowest == 0 {
            var below = 1.0
            for index in 0..<marked {
                weight *= Double(total - drawn - index)
                below *= Double(total - index)
                // One division for many factors, before they overflow.
                guard below > 1e200 else { continue }
                (weight, below) = (weight / below, 1)
            }
            weight /= below
        }
        guard lowest == 0, weight > 1e-30 else {
            var found = 0
            for index in 0..<marked where below(total - index) < drawn - found { found += 1 }
            return found
        }
        var (point, found) = (uniform(), 0)
        let most = min(marked, drawn)
        while point > weight, found < most {
            point -= weight
            weight *= Double((marked - found) * (drawn - found))
            weight /= Double((found + 1) * (total - marked - drawn + found + 1))
            found += 1
        }
        return found
    }
}
