/// Random numbers as a function of (seed, purpose, epoch, index).
///
/// Philox 4x32 with ten rounds (Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"). Two generators made with the same four values give the same numbers on every machine, in every thread and
/// whatever else was drawn before; nothing in the house draws from anything else.
public struct CounterRandom: RandomNumberGenerator, Sendable {
    /// What a draw is for; different purposes are independent streams.
    public enum Purpose: UInt32, Sendable, CaseIterable {
        /// The order of an epoch.
        case order = 1
        /// Augmentation of one sample.
        case augmentation
        /// Mixing of one batch.
        case mixing
        /// Initial weights.
        case weights
        /// Which images a long-tailed profile keeps.
        case selection
        /// Which images a balanced subset holds.
        case subset
        /// Which images a validation split holds.
        case validation
        /// Bootstrap replicates.
        case bootstrap
        /// The procedural data set: shape of a class.
        case glyphClass
        /// The procedural data set: one image.
        case glyphImage
        /// Tests.
        case test
        /// The seed of a stage or of one of its members.
        case stage
        /// The order of a second sampler beside the first.
        case partner
        /// Whether a batch is mixed.
        case mixingChoice
        /// Other test sets that might have been drawn.
        case testSets
        /// Halves of a test set.
        case halves
        /// Which blocks are left out for which images of a step.
        case dropPath
        /// Names under which processes meet; the only draws whose seed is the time.
        case meeting
        /// Which side of a comparison is timed first.
        case turns
    }

    private let key: (UInt32, UInt32)
    private var counter: (UInt32, UInt32, UInt32, UInt32)
    private var block: (UInt64, UInt64) = (0, 0)
    private var used = 2

    /// The generator of one draw.
    ///
    /// - Parameters:
    ///   - seed: The run's seed.
    ///   - purpose: What the numbers are for.
    ///   - epoch: Epoch, member or class; taken modulo 2^32.
    ///   - index: Sample or step; taken modulo 2^32.
    public init(seed: UInt64, purpose: Purpose, epoch: Int = 0, index: Int = 0) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        counter = (0, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: epoch), purpose.rawValue)
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        if used == 2 {
            block = Self.philox(counter, key)
            counter.0 &+= 1
            used = 0
        }
        used += 1
        return used == 1 ? block.0 : block.1
    }

    private static func philox(
        _ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)
    ) -> (UInt64, UInt64) {
        var (c0, c1, c2, c3) = counter
        var (k0, k1) = key
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) * UInt64(c0)
            let p1 = UInt64(0xCD9E_8D57) * UInt64(c2)
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
            )
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (UInt64(c0) | UInt64(c1) << 32, UInt64(c2) | UInt64(c3) << 32)
    }

    /// A uniform number in [0, 1) with 53 random bits.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A uniform number in a half-open range.
    public mutating func uniform(_ range: Range<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A uniform integer in 0..<`bound`, without bias; 0 when `bound` is below 2.
    public mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let bound = UInt64(bound)
        let limit = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= limit { return Int(product.high) }
        }
    }

    /// Shuffles in place (Fisher and Yates, from the end).
    public mutating func shuffle<Element>(_ array: inout [Element]) {
        var last = array.count - 1
        while last > 0 {
            array.swapAt(last, below(last + 1))
            last -= 1
        }
    }

    /// The integers 0..<`count` in random order.
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        shuffle(&order)
        return order
    }
}
