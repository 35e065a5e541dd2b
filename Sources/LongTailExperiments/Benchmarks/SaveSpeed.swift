import Foundation
import LongTailBasics
import LongTailSerialization

/// What a checksum adds to the time that a save takes: the same tensors written with one and without, in turns.
package struct SaveSpeed: Sendable, Encodable {
    /// Bytes of the tensors.
    package let bytes: Int
    /// Seconds of a save with its checksum, which a thread of its own adds up meanwhile: the lower quartile of many, because a
    /// disk's stalls are longer than what is looked for.
    package let sealed: Double
    /// Seconds of a save without, the same quartile.
    package let plain: Double

    /// The share that the checksum adds, of a save without.
    package var added: Double { sealed / plain - 1 }

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
        var times: [Bool: [Double]] = [:]
        for turn in 0..<2 * turns {
            let isSealed = turn % 2 == 0
            let start = ContinuousClock.now
            try SafeTensorsFile.write(tensors, isSealed: isSealed, to: path)
            times[isSealed, default: []].append((ContinuousClock.now - start).seconds)
        }
        func quartile(_ values: [Double]?) -> Double { values.map { $0.sorted()[$0.count / 4] } ?? .nan }
        (bytes, sealed, plain) = (megabytes * 1_000_000, quartile(times[true]), quartile(times[false]))
    }
}
