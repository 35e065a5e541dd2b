import LongTailBasics

/// Every sample once, in an order drawn anew for each epoch: instance-balanced sampling.
public struct ShuffledSampler: Sampler {
    /// Samples in the data set.
    public let count: Int

    /// Visits 0..<`count`; nothing when `count` is not positive.
    public init(count: Int) { self.count = count }

    /// A permutation of 0..<`count`.
    public func order(epoch: Int, seed: UInt64) -> [Int] {
        var random = CounterRandom(seed: seed, purpose: .order, epoch: epoch)
        return random.permutation(max(0, count))
    }
}
