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
            if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// A Beta(`alpha`, `alpha`) number.
    ///
    /// Mixup draws its lambda so (Zhang et al. 2018).
    public mutating func beta(_ alpha: Double) -> Double {
        let (x, y) = (gamma(alpha), gamma(alpha))
        let sum = x + y
        // Both underflow for a tiny alpha, where Beta(alpha, alpha) is a fair coin.
        return sum > 0 ? x / sum : Double(below(2))
    }
}
