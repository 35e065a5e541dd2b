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
}
