import Foundation
import LongTailBasics

/// A zip archive of entries that are not compressed, each beginning at a multiple of 64 bytes, as PyTorch maps them.
struct StoredZip {
    private let folder: String
    private var entries: [(name: Data, content: Data)] = []

    /// An archive whose entries all lie in one folder.
    init(folder: String) { self.folder = folder }

    mutating func add(_ name: String, _ content: Data) { entries.append((Data("\(folder)/\(name)".utf8), content)) }

    /// Writes the archive, atomically.
    func write(to path: String) throws(LongTailError) {
        let size = entries.reduce(0) { $0 + $1.content.count + 2 * $1.name.count + 256 }
        guard size < Int(UInt32.max), entries.count < Int(UInt16.max) else {
            throw LongTailError(
                .checkpoint, "\(path): PyTorch's file would be of 4 GiB or more", remedy: "Write it as .safetensors.")
        }
        try AtomicFile.write(to: path) { (file) throws(LongTailError) in
            var (offset, directory) = (0, Data())
            for (name, content) in entries {
                let fields = Self.fields(name, content)
                let gap = 64 - (offset + 34 + name.count) % 64
                // The gap is a field of its own, under the letters that PyTorch gives it.
                var header = Self.signature(3) + fields
                header.append(littleEndian: UInt16(4 + gap))
                header += name + Data("FB".utf8)
                header.append(littleEndian: UInt16(gap))
                header += Data(count: gap)
                directory += Self.signature(1) + Data([0, 0]) + fields + Data(count: 12)
                directory.append(littleEndian: UInt32(offset))
                directory += name
                try file.put(header)
                try file.put(content)
                offset += header.count + content.count
            }
            try file.put(directory)
            var end = Self.signature(5) + Data(count: 4)
            end.append(littleEndian: UInt16(entries.count))
            end.append(littleEndian: UInt16(entries.count))
            end.append(littleEndian: UInt32(directory.count))
            end.append(littleEndian: UInt32(offset))
            try file.put(end + Data(count: 2))
        }
    }

    private static func signature(_ kind: UInt8) -> Data { Data([0x50, 0x4B, kind, kind + 1]) }

    /// What an entry's header and its line in the directory share: versions, method, the date 1980-01-01, checksum, sizes
    /// and the name's length.
    private static func fields(_ name: Data, _ content: Data) -> Data {
        var fields = Data([20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0])
        fields.append(littleEndian: checksum(content))
        fields.append(littleEndian: UInt32(content.count))
        fields.append(littleEndian: UInt32(content.count))
        fields.append(littleEndian: UInt16(name.count))
        return fields
    }

    /// CRC-32 as in zip (polynomial 0xEDB88320).
    static func checksum(_ data: Data) -> UInt32 { data.withUnsafeBytes(checksum) }

    /// The same, which gzip's is too.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var sum = UInt32.max
        table.withUnsafeBufferPointer { table in
            for byte in bytes { sum = table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
        }
        return ~sum
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
}
