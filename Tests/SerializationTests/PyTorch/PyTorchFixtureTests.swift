import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import Testing

/// What scripts/fixtures/checkpoints.py says PyTorch sees in a tensor.
private struct Seen: Decodable {
    let dtype: String
    let shape: [Int]
    let values: [Double]
}

struct PyTorchFixtureTests {
    static let mixed = [2, 4, 5].flatMap { ["mixed.p\($0).pth", "mixed.p\($0).legacy.pth"] }

    @Test("Tensors of every type, view and sharing come as PyTorch sees them", arguments: mixed)
    func tensors(_ name: String) throws {
        let seen = try JSONDecoder().decode([String: Seen].self, from: fixtureBytes("mixed.json"))
        let file = try PyTorchCheckpoint.read(fixture(name))
        let dictionaries = file.stateDicts
        #expect(dictionaries.map(\.path) == ["state_dict", "module"])
        let tensors = try #require(dictionaries.first).tensors
        #expect(tensors.count == seen.count && seen.count == 19)
        for (name, tensor) in tensors {
            let expected = try #require(seen[name])
            #expect("\(tensor.dtype)" == expected.dtype, "\(name)")
            #expect(tensor.shape == expected.shape, "\(name)")
            #expect(tensor.doubles == expected.values, "\(name)")
        }
        #expect(Array(tensors.keys.prefix(3)) == ["float32", "float64", "float16"])
    }

    @Test("Numbers, text, numpy scalars and objects come as values", arguments: mixed)
    func values(_ name: String) throws {
        let file = try PyTorchCheckpoint.read(fixture(name))
        #expect(file.scalars == ["epoch": 7, "best_acc1": 40.25, "its_ece": 8.5])
        let root = file.root
        #expect(root["its_ece"] == .float(8.5))
        #expect(
            root["counts"]
                == .list([
                    .int(-3), .float(0.25), .bool(true), .int(1 << 40), .int(-1),
                    .opaque("integer of more than 64 bits"),
                ]))
        #expect(root["name"] == .string("tëst"))
        #expect(root["nothing"] == PickleValue.none)
        #expect(root["size"] == .tuple([.int(2), .int(3)]))
        #expect(root["device"] == .string("cuda:1"))
        #expect(root["config"] == .opaque("__main__.Config"))
        #expect(file.unknownNames == ["__main__.Config"])
        #expect(root["optimizer"]?["param_groups"] != nil)
    }

    @Test(
        "A pickle that would call os.system runs nothing; the weights beside it are read", arguments: ["", ".legacy"])
    func hostile(_ layout: String) throws {
        let witness = "/tmp/longtail-was-here"
        try? FileManager.default.removeItem(atPath: witness)
        let file = try PyTorchCheckpoint.read(fixture("hostile\(layout).pth"))
        #expect(file.unknownNames == ["posix.system"])
        #expect(file.root["extra"] == .opaque("posix.system"))
        #expect(file.stateDicts.map(\.path) == ["state_dict"])
        let tensor = try PyTorchCheckpoint.read(fixture("hostile-tensor.pth"))
        #expect(tensor.stateDicts.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: witness))
    }

    @Test("A type that is not supported leaves the other tensors")
    func complexNumbers() throws {
        let file = try PyTorchCheckpoint.read(fixture("complex.pth"))
        #expect(file.root["weight"] == .opaque("tensor of torch.ComplexFloatStorage"))
        #expect(file.stateDicts.first?.tensors.keys == ["bias"])
    }

    @Test(
        "A zip archive that is not as torch.save writes it is refused with a word on why",
        arguments: [
            ("compressed.pth", "is compressed"), ("big-endian.pth", "big-endian"), ("short-storage.pth", "has 8 bytes"),
            ("no-storage.pth", "storage 1 is missing"), ("no-pickle.zip", "without data.pkl"),
            ("script.pt", "TorchScript"), ("script-large.pt", "TorchScript"),
            ("nested.zip", "is a zip archive with model/best.pth in it"),
        ])
    func refused(_ name: String, _ word: String) {
        let message = failure { () throws(LongTailError) in _ = try ModelFile.read(fixture(name)) }
        #expect(message?.description.contains(word) == true, "\(message?.description ?? "accepted")")
        #expect(message?.description.contains(name) == true)
    }

    @Test("NumPy's arrays are no tensors, and are named") func arrays() throws {
        let file = try PyTorchCheckpoint.read(fixture("numpy.pth"))
        #expect(file.stateDicts.isEmpty)
        #expect(file.unknownNames.contains { $0.hasPrefix("numpy.") && $0.hasSuffix("_reconstruct") })
    }

    @Test("A flipped bit in a weight is caught by the archive's checksum")
    func checksum() throws {
        var bytes = try fixtureBytes("tiny.pth")
        let weight = withUnsafeBytes(of: Float(sin(0.7)).bitPattern.littleEndian) { Data($0) }
        let place = try #require(bytes.range(of: weight)).lowerBound
        bytes[place] ^= 1
        let message = failure { () throws(LongTailError) in _ = try ModelFile(FileBytes(bytes, named: "flipped.pth")) }
        #expect(message?.description.contains("CRC") == true, "\(message?.description ?? "accepted")")
    }

    @Test("A file cut at any byte is refused", arguments: ["tiny.pth", "tiny.legacy.pth"])
    func truncated(_ name: String) throws {
        let whole = try fixtureBytes(name)
        let complete = try ModelFile(FileBytes(whole, named: name))
        #expect(complete.stateDicts.first?.tensors.count == 2)
        for length in 0..<whole.count {
            let cut = FileBytes(whole.prefix(length), named: name)
            #expect(failure { () throws(LongTailError) in _ = try ModelFile(cut) } != nil, "\(length) bytes")
        }
    }
}
