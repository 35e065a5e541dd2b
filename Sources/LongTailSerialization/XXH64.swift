/// XXH64 of bytes that come in pieces: a checksum that tells damage from what was written, at the speed of memory.
///
/// Not for adversaries, who can make two texts of one checksum. Source: Collet, xxHash specification 0.1.1, "XXH64".
package struct XXH64 {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    private var lanes = SIMD4<UInt64>(
        primes.0 &+ primes.1, primes.1, 0, 0 &- primes.0)
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    package init() { rest.reserveCapacity(32) }

    /// Takes in a further piece.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let taken = bytes.prefix(32 - rest.count)
            rest += taken
            bytes = bytes.dropFirst(taken.count)
            guard rest.count == 32 else { return }
            rest.withUnsafeBytes { stripes($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count / 32 * 32
        stripes(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
        rest += bytes.dropFirst(whole)
    }

    private mutating func stripes(_ bytes: UnsafeRawBufferPointer) {
        var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
        for start in stride(from: 0, to: bytes.count, by: 32) {
            a = Self.round(a, Self.word(bytes, start))
            b = Self.round(b, Self.word(bytes, start + 8))
            c = Self.round(c, Self.word(bytes, start + 16))
            d = Self.round(d, Self.word(bytes, start + 24))
        }
        lanes = SIMD4(a, b, c, d)
    }

    /// The checksum of all that came.
    package var value: UInt64 {
        var hash: UInt64
        if count >= 32 {
            hash =
                Self.rotated(lanes[0], 1) &+ Self.rotated(lanes[1], 7) &+ Self.rotated(lanes[2], 12)
                &+ Self.rotated(lanes[3], 18)
            for lane in 0..<4 {
                hash = (hash ^ Self.round(0, lanes[lane])) &* Self.primes.0 &+ Self.primes.3
            }
        } else {
            hash = Self.primes.4
        }
        hash &+= count
        rest.withUnsafeBytes { bytes in
            var start = 0
            while start + 8 <= bytes.count {
                hash = Self.rotated(hash ^ Self.round(0, Self.word(bytes, start)), 27) &* Self.primes.0 &+ Self.primes.3
                start += 8
            }
            if start + 4 <= bytes.count {
                let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
                hash = Self.rotated(hash ^ (half &* Self.primes.0), 23) &* Self.primes.1 &+ Self.primes.2
                start += 4
            }
            while start < bytes.count {
                hash = Self.rotated(hash ^ (UInt64(bytes[start]) &* Self.primes.4), 11) &* Self.primes.0
                start += 1
            }
        }
        hash = (hash ^ (hash >> 33)) &* Self.primes.1
        hash = (hash ^ (hash >> 29)) &* Self.primes.2
        return hash ^ (hash >> 32)
    }

    /// The checksum as 16 hexadecimal digits.
    package var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* primes.1, 31) &* primes.0
    }

    @inline(__always)
    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
}
