import Foundation

@testable import LongTailFiles

/// A PNG as its chunks, each its type and its data, without length and checksum.
struct PNGChunks: PieceFormat {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    let vocabulary = [
        "PLTE\u{0}\u{1}\u{2}", "tRNS\u{0}\u{1}", "gAMA\u{0}\u{0}\u{1}\u{2}", "sRGB\u{0}", "IDAT", "IEND",
        "eXIfII*\u{0}\u{8}\u{0}\u{0}\u{0}", "bKGD\u{0}", "sBIT\u{1}", "acTL\u{0}\u{0}\u{0}\u{1}\u{0}\u{0}\u{0}\u{0}",
        "iCCPx\u{0}\u{0}", "zTXtx\u{0}\u{0}", "iTXtx\u{0}\u{1}\u{0}\u{0}\u{0}",
    ].map { Array($0.utf8) }

    func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard bytes.starts(with: Self.signature) else { return nil }
        var (chunks, place): ([[UInt8]], Int) = ([], 8)
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = min(bytes.count, place + 8 + length)
            chunks.append(Array(bytes[place + 4..<end]))
            place = end + 4
        }
        return chunks
    }

    func join(_ pieces: [[UInt8]]) -> [UInt8] {
        pieces.filter { $0.count >= 4 }.reduce(into: Self.signature) { file, chunk in
            file += Self.bigEndian(UInt32(chunk.count - 4)) + chunk + Self.bigEndian(StoredZip.checksum(Data(chunk)))
        }
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}
