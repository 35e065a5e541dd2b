import Foundation

extension BadInput {
    /// An import of bytes or of a file of the Serialization tests.
    private static func file(
        _ name: String, _ file: String, _ says: [String], _ bytes: @escaping @Sendable () throws -> Data
    ) -> BadInput {
        BadInput(name, 3, [file] + says) { desk in
            ["import", try desk.write(try bytes(), as: file), "--dry-run"]
        }
    }

    private static func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: Desk.fixture("SerializationTests", "checkpoints/\(name)")))
    }

    /// A safetensors file of a header and so many bytes of data.
    private static func safeTensors(_ header: String, data: Int) -> Data {
        let count = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        return count + Data(header.utf8) + Data(count: data)
    }

    private static func entry(_ type: String, _ shape: String, _ start: Int, _ end: Int) -> String {
        "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
    }

    /// torch.save's legacy layout around an object: magic number, protocol 1001, system, object, list of storages.
    private static func legacy(_ object: [UInt8]) -> Data {
        let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        let protocolNumber: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
        let system = [0x80, 2, 0x7D, 0x58, 13, 0, 0, 0] + Array("little_endian".utf8) + [0x88, 0x73, 0x2E]
        return Data(magic + protocolNumber + system + object + [0x80, 2, 0x5D, 0x2E])
    }

    /// A pickle that calls os.system with a command, which would leave the file `pwned`.
    private static let call: [UInt8] =
        [0x80, 2] + Array("cposix\nsystem\n".utf8) + [0x58, 11, 0, 0, 0] + Array("touch pwned".utf8)
        + [0x85, 0x52, 0x2E]

    static let hostile: [BadInput] = [
        file("a pickle that calls os.system, as torch.save's file", "call.pth", ["posix.system", "not unpacked"]) {
            legacy(call)
        },
        file("a pickle that calls os.system, alone", "call.pkl", ["a pickle that torch.save did not write"]) {
            Data(call)
        },
        file("a tensor made by os.system", "tensor.pth", ["posix.system", "not unpacked", "state_dict()"]) {
            try fixture("hostile-tensor.pth")
        },
        file("a pickle of a whole model", "model.pth", ["Linear", "not unpacked", "state_dict()"]) {
            try fixture("whole-model.pth")
        },
        file("a TorchScript archive", "script.pt", ["TorchScript", "torch.jit.load"]) { try fixture("script.pt") },
        file("a TorchScript archive whose code is compressed", "large.pt", ["TorchScript", "torch.jit.load"]) {
            try fixture("script-large.pt")
        },
        file("a .pth in a zip archive", "model.zip", ["model/best.pth in it", "Unpack it"]) {
            try fixture("nested.zip")
        },
        file("NumPy's arrays in a .pth", "numpy.pth", ["no dictionary of tensors", "torch.from_numpy"]) {
            try fixture("numpy.pth")
        },
        file("a .pth cut short", "cut.pth", ["cut short or damaged", "again"]) {
            let whole = try fixture("mixed.p2.pth")
            return whole.prefix(whole.count / 2)
        },
        file("a legacy .pth cut short", "cut.pth.tar", ["ends", "bytes before the end of storage", "again"]) {
            try fixture("tiny.legacy.pth").dropLast(5)
        },
        file("a .pth whose storage is shorter than it says", "short.pth", ["has 8 bytes, the pickle says 12"]) {
            try fixture("short-storage.pth")
        },
        file("a .pth without a storage", "none.pth", ["storage 1 is missing", "torch.save"]) {
            try fixture("no-storage.pth")
        },
        file("a .pth of a big-endian machine", "big.pth", ["big-endian", "little-endian"]) {
            try fixture("big-endian.pth")
        },
        file("a compressed .pth", "packed.pth", ["compressed", "torch.save"]) { try fixture("compressed.pth") },
        file("a pointer of Git LFS", "model.pth", ["Git LFS pointer", "git lfs pull"]) {
            Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8)
        },
        file("a gzip archive", "model.pth.gz", ["gzip", "gunzip"]) { Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]) },
        file("weights of no known network", "tiny.pth", ["are those of no network", "--network"]) {
            try fixture("tiny.pth")
        },
        file("tensors that overlap", "overlap.safetensors", ["tensor b: overlaps a", "again"]) {
            safeTensors("{\"a\":\(entry("F32", "[4]", 0, 16)),\"b\":\(entry("F32", "[4]", 8, 24))}", data: 24)
        },
        file("a tensor beyond the end", "end.safetensors", ["tensor a: ends at byte 16", "cut short"]) {
            safeTensors("{\"a\":\(entry("F32", "[4]", 0, 16))}", data: 10)
        },
        file("a shape that overflows", "huge.safetensors", ["tensor a", "overflows"]) {
            safeTensors("{\"a\":\(entry("F32", "[1099511627776,1099511627776]", 0, 16))}", data: 16)
        },
        file("a type that is not known", "type.safetensors", ["tensor a: unknown type Q9", "Known are"]) {
            safeTensors("{\"a\":\(entry("Q9", "[4]", 0, 16))}", data: 16)
        },
        file("a header longer than any", "header.safetensors", ["announces a header", "not a safetensors file"]) {
            Data([0, 0, 0, 0, 0, 0, 0, 0x40]) + Data("{\"a\":1}".utf8)
        },
        file("a header that breaks off", "broken.safetensors", ["the header (byte", "again"]) {
            safeTensors("{\"a\":", data: 0)
        },
    ]
}
