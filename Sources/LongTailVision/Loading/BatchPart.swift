/// Some shards of every batch: of n samples shard v of V has the positions ⌊v n / V⌋ ..< ⌊(v + 1) n / V⌋.
public struct BatchPart: Sendable, Equatable {
    /// All of it.
    public static let whole = BatchPart(0..<1, of: 1)

    /// Which shards.
    public let shards: Range<Int>
    /// V, at least 1.
    public let count: Int

    /// Shards of so many.
    public init(_ shards: Range<Int>, of count: Int) { (self.shards, self.count) = (shards, max(1, count)) }

    /// Their positions in a batch of so many samples.
    public func positions(in samples: Int) -> Range<Int> {
        shards.lowerBound * samples / count..<shards.upperBound * samples / count
    }

    /// One of its shards.
    public func shard(_ number: Int) -> BatchPart { BatchPart(number..<number + 1, of: count) }
}
