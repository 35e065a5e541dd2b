import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import Testing

/// A legacy file around a hand-made object pickle, without storages by default.
private func read(
    _ pickle: [UInt8], storages: Data = Data([0x80, 2, 0x5D, 0x2E])
) throws(LongTailError) -> PyTorchCheckpoint {
    var bytes = Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
    bytes += Data([0x80, 2, 0x4D, 0xE9, 3, 0x2E])
    bytes += Data([0x80, 2, 0x7D, 0x58, 13, 0, 0, 0]) + Data("little_endian".utf8) + Data([0x88, 0x73, 0x2E])
    bytes += Data([0x80, 2]) + Data(pickle) + Data([0x2E])
    bytes += storages
    return try PyTorchCheckpoint(FileBytes(bytes, named: "made.pth"))
}

private func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

private func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }

struct UnpicklerTests {
    @Test("Hand-made pickles give the values that Python gives")
    func values() throws {
        #expect(try read([0x4E]).root == PickleValue.none)
        #expect(try read([0x4A, 0xFE, 0xFF, 0xFF, 0xFF]).root == .int(-2))
        #expect(try read([0x8A, 0]).root == .int(0))
        #expect(try read([0x8A, 2, 0, 0x80]).root == .int(-32768))
        #expect(try read([0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x80]).root == .int(.min))
        #expect(try read([0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]).root == .float(1.5))
        #expect(try read([0x55, 2, 0x68, 0x69]).root == .string("hi"), "Python 2's text")
        #expect(try read([0x55, 1, 0xFF]).root == .bytes([0xFF]))
        // (l(1,2)e: a list put in the memo, filled later and seen twice.
        let shared: [UInt8] = [0x5D, 0x71, 0, 0x28, 0x4B, 1, 0x4B, 2, 0x65, 0x68, 0, 0x86]
        #expect(try read(shared).root == .tuple([.list([.int(1), .int(2)]), .list([.int(1), .int(2)])]))
        // OrderedDict([["a", 1]]), as Python 2 wrote it.
        let pairs: [UInt8] = [0x5D, 0x28] + text("a") + [0x4B, 1, 0x86, 0x65]
        let ordered = try read(global("collections", "OrderedDict") + pairs + [0x85, 0x52])
        #expect(ordered.root["a"] == .int(1))
        // An unknown class with arguments, state and items: by name only.
        let object = global("project", "Config") + [0x29, 0x81, 0x7D, 0x62, 0x4B, 1, 0x61]
        #expect(try read(object).root == .opaque("project.Config"))
    }

    @Test(
        "A namespace of a command line is read as its names and values, and an OrderedDict's state is not its entries")
    func namespaces() throws {
        // NEWOBJ of no arguments, then BUILD with {"mean": 1}; its memo is the same object.
        let state: [UInt8] = [0x7D] + text("mean") + [0x4B, 1, 0x73, 0x62]
        let made = try read(global("argparse", "Namespace") + [0x29, 0x81, 0x71, 0] + state + [0x68, 0, 0x86])
        let names = PickleValue.dictionary([.init(key: .string("mean"), value: .int(1))])
        #expect(made.root == .tuple([names, names]) && made.unknownNames.isEmpty)
        let ordered = try read(global("collections", "OrderedDict") + [0x29, 0x52] + state)
        #expect(ordered.root == .dictionary([]))
    }

    static let hostile: [(String, [UInt8])] = [
        ("a namespace has no names", Array("cargparse\nNamespace\n".utf8) + [0x29, 0x81, 0x4E, 0x62]),
        (
            "deep, or contains itself",
            Array("cargparse\nNamespace\n".utf8) + [0x29, 0x81, 0x71, 0, 0x7D, 0x8C, 1, 0x78, 0x68, 0, 0x73, 0x62]
        ),
        ("opcode 0x69", [0x69]),
        ("opcode 0x49", Array("I1\n".utf8)),
        ("protocol 9", [0x80, 9]),
        ("empty stack", [0x30]),
        ("empty stack", [0x28, 0x30, 0x30]),
        ("empty stack", [0x86]),
        ("empty stack", [0x4E, 0x28, 0x61]),
        ("needs a mark", [0x74]),
        ("needs a mark", [0x65]),
        ("recalls 7", [0x68, 7]),
        ("key has no value", [0x7D, 0x28, 0x4E, 0x75]),
        ("no list", [0x4E, 0x4E, 0x61]),
        ("no dictionary", [0x4E, 0x4E, 0x4E, 0x73]),
        ("ends too early", [0x42, 0xFF, 0xFF, 0xFF, 0x7F]),
        ("more bytes than any file", [0x8E] + [UInt8](repeating: 0xFF, count: 8)),
        ("not UTF-8", [0x8C, 1, 0xFF]),
        ("name does not end", Array("c\(String(repeating: "x", count: 2000))".utf8)),
        ("no function", [0x4E, 0x29, 0x52]),
        ("name is not text", [0x4E, 0x4E, 0x93]),
        ("deep, or contains itself", [0x5D, 0x71, 0, 0x68, 0, 0x61]),
        (
            "deep, or contains itself",
            [UInt8](repeating: 0x5D, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999)
        ),
        ("no tuple", [0x4E, 0x51]),
        ("lacks its strides", global("torch._utils", "_rebuild_tensor_v2") + [0x29, 0x52]),
        ("no tensor", global("torch._utils", "_rebuild_parameter") + [0x29, 0x52]),
        ("outside the list", global("torch", "FloatStorage") + [0x29, 0x52]),
        ("something else than pairs", global("collections", "OrderedDict") + [0x5D, 0x4E, 0x61, 0x85, 0x52]),
        ("latin1", global("_codecs", "encode") + text("a") + text("utf-7") + [0x86, 0x52]),
        ("not latin1", global("_codecs", "encode") + text("名") + text("latin1") + [0x86, 0x52]),
        ("byte order", global("numpy", "dtype") + text("f8") + [0x85, 0x52, 0x4E, 0x62]),
    ]

    @Test("A pickle that is malformed or hostile is refused, naming the file", arguments: hostile)
    func refused(_ word: String, _ pickle: [UInt8]) {
        let message = failure { () throws(LongTailError) in _ = try read(pickle) }
        #expect(message?.description.contains(word) == true, "\(message?.description ?? "accepted")")
        #expect(message?.problem.hasPrefix("made.pth") == true)
    }

    @Test(
        "Tensors beyond any network's number, and one under a name of megabytes, are refused",
        arguments: [3, 65_536, 65_537])
    func manyNames(count: Int) throws {
        // ("storage", torch.FloatStorage, "0", "cpu", 1, None), persistent; rebuilt as a tensor of one element, in the memo.
        let storage =
            [0x28] + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + [
                0x4B, 1, 0x4E, 0x74, 0x51,
            ]
        let tensor =
            global("torch._utils", "_rebuild_tensor_v2") + [0x28] + storage + [
                0x4B, 0, 0x4B, 1, 0x85, 0x4B, 1, 0x85, 0x89,
            ]
            + global("collections", "OrderedDict") + [0x29, 0x52, 0x74, 0x52, 0x71, 0, 0x30]
        let content = Data([0x80, 2, 0x5D]) + Data(text("0")) + Data([0x61, 0x2E, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        var pickle = tensor + [0x7D, 0x28]
        for index in 0..<count { pickle += text("\(index)") + [0x68, 0] }
        let failed = failure { () throws(LongTailError) in _ = try read(pickle + [0x75], storages: content) }
        #expect(
            (failed?.problem.contains("names more than 65536 tensors") == true) == (count > 65_536), "\(failed as Any)")
        guard count == 3 else { return }
        #expect(failed == nil)
        let long =
            Array(withUnsafeBytes(of: UInt32(5000).littleEndian) { Data($0) }) + [UInt8](repeating: 0x61, count: 5000)
        let named = tensor + [0x7D, 0x58] + long + [0x68, 0, 0x73]
        let refused = failure { () throws(LongTailError) in _ = try read(named, storages: content) }
        #expect(refused?.problem.contains("a name of more than 4096 bytes") == true, "\(refused as Any)")
    }

    @Test("A list of lists of lists that unfolds without end is refused in little time")
    func unfolding() {
        // Thirty levels, each ten times the one before.
        var pickle: [UInt8] = [0x5D, 0x71, 0, 0x30]
        for level in 1...30 {
            pickle +=
                [0x28] + (0..<10).flatMap { _ in [0x68, UInt8(level - 1)] as [UInt8] } + [
                    0x6C, 0x71, UInt8(level), 0x30,
                ]
        }
        let start = ContinuousClock.now
        let message = failure { () throws(LongTailError) in _ = try read(pickle + [0x68, 30]) }
        #expect(message?.description.contains("unfolds") == true)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    /// `_rebuild_tensor_v2` on a storage of `count` floats: offset, size and stride as BININT tuples.
    private static func tensor(count: Int32, offset: Int32, size: [Int32], stride: [Int32]) -> [UInt8] {
        func integer(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { [0x4A] + Array($0) } }
        func tuple(_ values: [Int32]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }
        let id = [0x28] + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + integer(count)
        return global("torch._utils", "_rebuild_tensor_v2") + [0x28] + id + [0x74, 0x51] + integer(offset) + tuple(size)
            + tuple(stride) + [0x74, 0x52]
    }

    @Test(
        "A view that leaves its storage is refused before any byte is touched",
        arguments: [
            tensor(count: 4, offset: 0, size: [5], stride: [1]), tensor(count: 4, offset: 4, size: [1], stride: [1]),
            tensor(count: 4, offset: -1, size: [1], stride: [1]), tensor(count: 4, offset: 0, size: [2], stride: [4]),
            tensor(count: 4, offset: 3, size: [2], stride: [-1]), tensor(count: 4, offset: 0, size: [-1], stride: [1]),
            tensor(count: 4, offset: 0, size: [2, 2], stride: [1]),
            tensor(count: 4, offset: 0, size: .init(repeating: .max, count: 3), stride: [0, 0, 0]),
            tensor(
                count: 4, offset: 0, size: .init(repeating: .max, count: 2), stride: .init(repeating: .max, count: 2)),
        ])
    func views(_ pickle: [UInt8]) {
        let message = failure { () throws(LongTailError) in _ = try read(pickle) }
        #expect(
            message?.description.contains("leaves its storage 0 of 4 elements") == true,
            "\(message?.description ?? "accepted")")
    }

    @Test("A storage of a negative or impossible size is refused")
    func storages() {
        let negative = failure { () throws(LongTailError) in
            _ = try read(Self.tensor(count: -1, offset: 0, size: [0], stride: [1]))
        }
        #expect(negative?.description.contains("has the size -1") == true)
        let absent = failure { () throws(LongTailError) in
            _ = try read(Self.tensor(count: 1, offset: 0, size: [1], stride: [1]))
        }
        #expect(absent?.description.contains("storage 0 is missing") == true)
    }
}
