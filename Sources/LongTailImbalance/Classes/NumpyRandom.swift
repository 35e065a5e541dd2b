/// numpy's legacy generator as far as `numpy.random.seed` and `numpy.random.shuffle` use it: MT19937 (Matsumoto
/// and Nishimura 1998).
///
/// Only for reproducing lists that others drew with it; everything of our own draws from `CounterRandom`.
struct NumpyRandom {
    private var state = [UInt32](repeating: 0, count: 624)
    private var position = 624

    /// The state that `numpy.random.seed(seed)` makes.
    init(seed: UInt32) {
        state[0] = seed
        for i in 1..<624 {
            state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i)
        }
    }

    /// Shuffles as `numpy.random.shuffle` does a one-dimensional array.
    mutating func shuffle(_ array: inout [Int]) {
        for last in stride(from: array.count - 1, to: 0, by: -1) { array.swapAt(last, upTo(last)) }
    }

    /// A number from 0 up to and with `limit` (at least 1), by masking and rejecting.
    ///
    /// Beyond 32 bits numpy takes two words; no array of that size gets here.
    private mutating func upTo(_ limit: Int) -> Int {
        let mask = UInt32.max >> UInt32(truncatingIfNeeded: limit).leadingZeroBitCount
        while true {
            let value = Int(next() & mask)
            if value <= limit { return value }
        }
    }

    private mutating func next() -> UInt32 {
        if position == 624 { refill() }
        var word = state[position]
        position += 1
        word ^= word >> 11
        word ^= word << 7 & 0x9D2C_5680
        word ^= word << 15 & 0xEFC6_0000
        return word ^ word >> 18
    }

    private mutating func refill() {
        for i in 0..<624 {
            let joined = state[i] & 0x8000_0000 | state[(i + 1) % 624] & 0x7FFF_FFFF
            state[i] = state[(i + 397) % 624] ^ joined >> 1 ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        position = 0
    }
}
