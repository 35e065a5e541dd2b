import Foundation
import LongTailBasics
import LongTailSerialization

/// What a checksum adds to the time that a save takes: the same tensors written with one and without, in turns.
package struct SaveSpeed: Sendable, Encodable {
    /// Bytes of the tensors.
    package let bytes: Int
    /// Seconds of a save without its checksum: the median of many.
    package let plain: Double
    /// The share of it that the checksum adds: the median of the differences between two saves that follow each other, because a
    /// disk's own times wander by more than what is looked for.
    package let added: Double
    /// Where that median lies with 95 % certainty, whatever the differences' distribution (by the sign test).
    package let addedLower, addedUpper: Double

    private enum CodingKeys: String, CodingKey {
        case bytes, plain, added
        case addedLower = "added-lower"
        case addedUpper = "added-upper"
    }

    /// Measures in a folder, in so many turns.
    ///
    /// - Parameters:
    ///   - folder: Where the files are written.
    ///   - megabytes: Size of the tensors.
    ///   - turns: Saves of each kind.
    package init(in folder: String, megabytes: Int, turns: Int) throws(LongTailError) {
        let path = "\(folder)/.longtail-bench-\(getpid()).safetensors"
        defer { unlink(path) }
        var tensors: StateDict = [:]
        for index in 0..<megabytes {
            let bytes = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ index) })
            tensors["layer\(index).weight"] = HostTensor(dtype: .float32, shape: [250_000], bytes: bytes)
        }
        func seconds(isSealed: Bool) throws(LongTailError) -> Double {
            let start = ContinuousClock.now
            try SafeTensorsFile.write(tensors, isSealed: isSealed, to: path)
            return (ContinuousClock.now - start).seconds
        }
        var (saves, differences) = ([Double](), [Double]())
        // Which comes first is drawn: a fixed order can keep step with what the disk does at intervals.
        var order = CounterRandom(seed: 0, purpose: .turns)
        for _ in 0..<turns {
            let sealedFirst = order.next() % 2 == 0
            let first = try seconds(isSealed: sealedFirst)
            let second = try seconds(isSealed: !sealedFirst)
            let (sealed, plain) = sealedFirst ? (first, second) : (second, first)
            saves.append(plain)
            differences.append(sealed - plain)
        }
        saves.sort()
        differences.sort()
        bytes = megabytes * 1_000_000
        plain = saves[turns / 2]
        let reach = 0.98 * Double(turns).squareRoot()
        func difference(_ place: Double) -> Double {
            differences[min(max(Int(place.rounded()), 0), turns - 1)] / saves[turns / 2]
        }
        (added, addedLower) = (difference(Double(turns / 2)), difference(Double(turns) / 2 - reach))
        addedUpper = difference(Double(turns) / 2 + reach)
    }
}
