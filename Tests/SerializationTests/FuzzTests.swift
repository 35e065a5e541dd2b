import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import Testing

/// Reads mutated files: each gives a value or a failure, never a crash, and does so quickly.
///
/// 2,000 mutations by default; LONGTAIL_FUZZ_SECONDS=600 goes on for as long as that, with other mutations.
struct FuzzTests {
    private static let seconds = ProcessInfo.processInfo.environment["LONGTAIL_FUZZ_SECONDS"].flatMap(Double.init)

    private static func seeds() throws -> [Data] {
        var seeds = try ["tiny.pth", "tiny.legacy.pth", "mixed.p2.pth", "mixed.p4.legacy.pth", "hostile.pth"].map(
            fixtureBytes)
        let path = try temporaryFolder() + "/seed.safetensors"
        let tensors: StateDict = [
            "a.weight": .floats([1, 2, 3, 4, 5, 6], [2, 3]),
            "flag": HostTensor(dtype: .bool, shape: [2], bytes: Data([0, 1])),
            "count": HostTensor(integers: [7], shape: [], dtype: .int64),
        ]
        try SafeTensorsFile.write(tensors, metadata: ["classes": "[\"x\"]"], to: path)
        // Twice, so that a third of the mutations goes to this format.
        seeds += try [path, path].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        return seeds
    }

    /// One to four changes: a bit, an interesting byte, a range that is cut out, copied or filled.
    private static func mutate(_ seed: Data, _ random: inout CounterRandom) -> Data {
        var bytes = Array(seed)
        for _ in 0...random.below(4) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            let end = min(bytes.count, place + 1 + random.below(16))
            switch random.below(6) {
            case 0: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, 0x28, 0x52, 0x7D][random.below(8)]
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
            case 4: for i in place..<end { bytes[i] = UInt8(random.below(256)) }
            default: bytes.removeSubrange(place...)
            }
        }
        return Data(bytes)
    }

    @Test("A damaged file gives a value or a failure that names it, never a crash")
    func mutations() throws {
        let seeds = try Self.seeds()
        let start = ContinuousClock.now
        var (index, accepted, refused) = (0, 0, 0)
        while Self.seconds.map({ ContinuousClock.now - start < .seconds($0) }) ?? (index < 2000) {
            var random = CounterRandom(seed: 3, purpose: .test, index: index)
            let bytes = Self.mutate(seeds[index % seeds.count], &random)
            do throws(LongTailError) {
                let file = try ModelFile(FileBytes(bytes, named: "fuzz"))
                for (_, tensors) in file.stateDicts {
                    for tensor in tensors.values { #expect(tensor.bytes.count == tensor.count * tensor.dtype.size) }
                }
                accepted += 1
            } catch {
                refused += 1
                if !error.problem.hasPrefix("fuzz") { Issue.record("mutation \(index): \(error)") }
            }
            index += 1
        }
        // Both roads are walked, or the mutations are too wild or too tame to show anything.
        #expect(accepted > index / 50 && refused > index / 2, "\(accepted) accepted, \(refused) refused")
    }
}
