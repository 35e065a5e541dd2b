import Foundation
import FuzzTargets
import Testing

/// A mutation that keeps a format's lengths and checksums begins with a format that gives a file back.
struct FormatTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private static func fixture(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: tests.appending(path: path)))
    }

    @Test(
        "Pieces give the file again",
        arguments: [
            (FuzzTarget.png, "VisionTests/Fixtures/interlaced.png"),
            (.safetensors, "LongTailTests/Fixtures/merging/mean.safetensors"),
        ])
    func same(target: FuzzTarget, path: String) throws {
        let (bytes, format) = (try Self.fixture(path), try #require(target.format))
        let pieces = try #require(format.split(bytes))
        #expect(pieces.count > 2 && format.join(pieces) == bytes)
    }

    @Test(
        "The entries of a zip archive keep names, contents and checksums, and the opcodes of its pickle their arguments"
    ) func zip() throws {
        let format = try #require(FuzzTarget.pth.format)
        let pieces = try #require(format.split(try Self.fixture("SerializationTests/Fixtures/checkpoints/tiny.pth")))
        let file = format.join(pieces)
        #expect(format.split(file) == pieces && pieces.count > 3)
        try FuzzTarget.pth.read(file)
        // The first is the pickle, after its name's length and its name.
        let pickle = Array(pieces[0].dropFirst(2 + "archive/data.pkl".utf8.count))
        let opcodes = try #require(FuzzTarget.pickle.format)
        let steps = try #require(opcodes.split(pickle))
        #expect(steps.count > 20 && opcodes.join(steps) == pickle)
    }

    @Test("A changed chunk is read: its checksum is right") func changed() throws {
        let (bytes, format) = (try Self.fixture("VisionTests/Fixtures/rgb.png"), try #require(FuzzTarget.png.format))
        for seed in 0..<50 as Range<UInt64> {
            var mutation = Mutation(seed: seed, limit: 4096) { bytes, _ in bytes.reversed() }
            guard let changed = mutation.changed(bytes, format) else { continue }
            #expect(format.split(changed).map(format.join) == changed)
        }
    }
}
