import LongTailBasics

/// A tar archive as its blocks of 512 bytes; those that look like headers get their checksum.
struct TarBlocks: PieceFormat {
    let vocabulary = [[UInt8](repeating: 0, count: 512)]

    func split(_ bytes: [UInt8]) -> [[UInt8]]? {
        guard bytes.count >= 512, Self.isHeader(Array(bytes[..<512])) else { return nil }
        return stride(from: 0, to: bytes.count, by: 512).map { Array(bytes[$0..<min($0 + 512, bytes.count)]) }
    }

    func join(_ pieces: [[UInt8]]) -> [UInt8] {
        pieces.flatMap { piece in
            var block = Array((piece + [UInt8](repeating: 0, count: 512)).prefix(512))
            guard Self.isHeader(block) else { return block }
            block.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
            let digits = Array(String(block.reduce(0) { $0 + Int($1) }, radix: 8).utf8)
            let padded = [UInt8](repeating: 0x30, count: 6 - min(6, digits.count)) + digits
            block.replaceSubrange(148..<156, with: padded.prefix(6) + [0, 0x20])
            return block
        }
    }

    /// Of a header half of the time one field: name, size, kind, link, prefix.
    func change(_ piece: [UInt8], _ mutation: inout Mutation) -> [UInt8] {
        let fields = [0..<100, 124..<136, 156..<157, 157..<257, 345..<500]
        let field = fields[mutation.random.below(fields.count)]
        guard piece.count == 512, Self.isHeader(piece), mutation.random.below(2) == 0 else {
            return mutation.bytes(of: piece)
        }
        let bytes = mutation.bytes(of: Array(piece[field])) + [UInt8](repeating: 0, count: field.count)
        return Array(piece[..<field.lowerBound] + bytes.prefix(field.count) + piece[field.upperBound...])
    }

    private static func isHeader(_ block: [UInt8]) -> Bool {
        block.count == 512 && block[257..<262].elementsEqual("ustar".utf8)
    }
}
