/// The order in which an epoch visits the samples: a pure function of (seed, epoch).
public protocol Sampler: Sendable {
    /// Indices into the data set, in the order of the epoch; an index may come more than once.
    func order(epoch: Int, seed: UInt64) -> [Int]
}
