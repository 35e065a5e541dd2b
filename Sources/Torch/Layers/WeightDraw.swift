import Basics
import Serialization

/// Initial weights: each tensor is a function of (seed, its position in the order of making).
public struct WeightDraw {
    private let seed: UInt64
    private var made = 0

    /// The weights of a run's seed; `start` sets a part drawn later apart from the others.
    public init(seed: UInt64, start: Int = 0) {
        self.seed = seed
        made = start
    }

    private mutating func tensor(_ shape: [Int], _ draw: (inout CounterRandom) -> Double) throws(Failure) -> Tensor {
        var random = CounterRandom(seed: seed, purpose: .weights, index: made)
        made += 1
        var values = [Float]()
        values.reserveCapacity(shape.reduce(1, *))
        for _ in 0..<shape.reduce(1, *) { values.append(Float(draw(&random))) }
        return try Tensor(values, shape: shape)
    }

    /// Normal with standard deviation √(2 / fan-in).
    ///
    /// He et al. 2015, "Delving Deep into Rectifiers", equation 10.
    public mutating func kaimingNormal(_ shape: [Int], fanIn: Int) throws(Failure) -> Tensor {
        let deviation = (2 / Double(fanIn)).squareRoot()
        return try tensor(shape) { deviation * $0.normal() }
    }

    /// Uniform in ±bound.
    public mutating func uniform(_ shape: [Int], bound: Double) throws(Failure) -> Tensor {
        try tensor(shape) { $0.uniform(-bound..<bound) }
    }
}
