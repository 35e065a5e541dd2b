/// Every sample once, in the order of the data set: for evaluation.
public struct SequentialSampler: Sampler {
    /// Samples in the data set.
    public let count: Int

    /// Visits 0..<`count`; nothing when `count` is not positive.
    public init(count: Int) { self.count = count }

    /// 0..<`count`, whatever the epoch and the seed.
    public func order(epoch: Int, seed: UInt64) -> [Int] { Array(0..<max(0, count)) }
}
