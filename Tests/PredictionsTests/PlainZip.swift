import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// Takes stored zip archives apart and puts them together, so that a test can change what is in them.
enum PlainZip {
    static func entries(_ path: String) throws -> [String: Data] {
        var entries: [String: Data] = [:]
        try ZipArchive(file: FileBytes(path: path)).forEach { (entry) throws(LongTailError) in
            entries[entry.name] = try entry.next(entry.size)
            return true
        }
        return entries
    }

    static func file(_ entries: [String: Data]) throws -> Data {
        var (file, directory) = (Data(), Data())
        func number(_ value: Int, _ width: Int) -> Data {
            Data((0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) })
        }
        for (name, content) in entries {
            let sum = Int(checksum(content))
            let fields =
                Data([20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]) + number(sum, 4) + number(content.count, 4)
                + number(content.count, 4) + number(name.utf8.count, 2) + Data(count: 2)
            directory +=
                Data([0x50, 0x4B, 1, 2, 0, 0]) + fields + Data(count: 10) + number(file.count, 4) + Data(name.utf8)
            file += Data([0x50, 0x4B, 3, 4]) + fields + Data(name.utf8) + content
        }
        let end =
            Data([0x50, 0x4B, 5, 6, 0, 0, 0, 0]) + number(entries.count, 2) + number(entries.count, 2)
            + number(directory.count, 4) + number(file.count, 4) + Data(count: 2)
        return file + directory + end
    }

    private static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        }
    }
}
