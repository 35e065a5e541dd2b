import Foundation
import LongTailBasics

@testable import LongTailFiles

/// A zip archive of stored entries, each piece the length of a name (2 bytes), the name and the content.
///
/// A pickle among them is changed by its opcodes.
struct ZipEntries: PieceFormat {
    let vocabulary = [
        ("a/data.pkl", "\u{2}N."), ("a/byteorder", "big"), ("a/data/0", ""), ("archive/data/0", "1234"), ("a", ""),
        ("archive/constants.pkl", "N."), ("../x.pth", "1"),
    ].map { piece(Array($0.utf8), Array($1.utf8)) }

    /// By the directory at the end, because PyTorch leaves the sizes out where the entries lie.
    func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard let end = bytes.indices.last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) }),
            var place = bytes.number(at: end + 16, width: 4)
        else { return nil }
        var pieces: [[UInt8]] = []
        while bytes[min(place, end)...].starts(with: [0x50, 0x4B, 1, 2]) {
            guard let size = bytes.number(at: place + 20, width: 4), let name = bytes.number(at: place + 28, width: 2),
                let extra = bytes.number(at: place + 30, width: 2), let header = bytes.number(at: place + 42, width: 4),
                let first = bytes.number(at: header + 26, width: 2), let gap = bytes.number(at: header + 28, width: 2),
                case let start = header + 30 + first + gap, start + size <= bytes.count,
                place + 46 + name <= bytes.count
            else { return nil }
            let text = Array(bytes[place + 46..<place + 46 + name])
            pieces.append(Self.piece(text, Array(bytes[start..<start + size])))
            place += 46 + name + extra
        }
        return pieces.isEmpty ? nil : pieces
    }

    func join(_ pieces: [[UInt8]]) -> [UInt8] {
        var (file, directory, count): ([UInt8], [UInt8], Int) = ([], [], 0)
        for piece in pieces {
            guard let (name, content) = Self.parts(piece) else { continue }
            var fields: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
            fields.append(Int(StoredZip.checksum(Data(content))), width: 4)
            for _ in 0..<2 { fields.append(content.count, width: 4) }
            fields.append(name.count, width: 2)
            fields += [0, 0]
            directory += [0x50, 0x4B, 1, 2, 0, 0] + fields + [UInt8](repeating: 0, count: 10)
            directory.append(file.count, width: 4)
            directory += name
            file += [0x50, 0x4B, 3, 4] + fields + name + content
            count += 1
        }
        var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
        for _ in 0..<2 { end.append(count, width: 2) }
        end.append(directory.count, width: 4)
        end.append(file.count, width: 4)
        return file + directory + end + [0, 0]
    }

    /// The pickle's opcodes; otherwise the content, or once in four times the name.
    func change(_ piece: [UInt8], _ mutation: inout Mutation) -> [UInt8] {
        guard let (name, content) = Self.parts(piece), mutation.random.below(4) > 0 else {
            return Self.parts(piece).map { Self.piece(mutation.bytes(of: $0.name), $0.content) } ?? piece
        }
        if name.suffix(4).elementsEqual(".pkl".utf8), let changed = mutation.changed(content, PickleOpcodes()) {
            return Self.piece(name, changed)
        }
        return Self.piece(name, mutation.bytes(of: content))
    }

    private static func piece(_ name: [UInt8], _ content: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: name.count), UInt8(truncatingIfNeeded: name.count >> 8)] + name + content
    }

    private static func parts(_ piece: [UInt8]) -> (name: [UInt8], content: [UInt8])? {
        guard let length = piece.number(at: 0, width: 2), length + 2 <= piece.count else { return nil }
        return (Array(piece[2..<2 + length]), Array(piece[(2 + length)...]))
    }
}
