/// What a file is that is no list, table or file of names: told by its first bytes, so that a message can say it.
package enum TextFormat {
    /// What the file is and what to do with it; nil for what may be plain text in UTF-8.
    ///
    /// - Parameters:
    ///   - bytes: The file, or its first 4,096 bytes.
    ///   - table: What to do with a table of another kind.
    ///   - json: What to do with JSON.
    package static func foreign(
        _ bytes: some RandomAccessCollection<UInt8>, table: String, json: String
    ) -> (what: String, remedy: String)? {
        let start = Array(bytes.prefix(4096))
        if let known = magic.first(where: { start.starts(with: $0.bytes) }) {
            return (known.what, known.remedy ?? table)
        }
        if start.starts(with: zip) {
            // A workbook's own folder is named within the first entries; other archives have none of that name.
            let isBook = holds(start, "xl/") || holds(start, "[Content_Types].xml")
            return isBook ? ("an Excel file", table) : ("a zip archive", "Unpack it and name the file in it.")
        }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) || alternates(start) {
            return ("text in UTF-16", "Save it as UTF-8.")
        }
        let words = start.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
        let text = String(decoding: words.prefix(16), as: UTF8.self).lowercased()
        if text.hasPrefix("<!doctype") || text.hasPrefix("<html") {
            return ("a web page", "Download the file itself, not the page that shows it.")
        }
        if text.hasPrefix("<?xml") { return ("XML", table) }
        return isJSON(start) ? ("JSON", json) : nil
    }

    /// Whether a text begins like JSON: an object or a list, with what such a one can begin with.
    package static func isJSON(_ start: some Collection<UInt8>) -> Bool {
        var marks = start.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }.lazy.filter { $0 > 0x20 }
            .makeIterator()
        return switch (marks.next(), marks.next()) {
        case (0x7B, let next): [0x22, 0x7D].contains(next)
        case (0x5B, let next): [0x7B, 0x5B, 0x22, 0x5D].contains(next)
        default: false
        }
    }

    private static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    private static let magic: [(bytes: [UInt8], what: String, remedy: String?)] = [
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an Excel file of the old kind", nil),
        (Array("PAR1".utf8), "a Parquet file", nil), (Array("SQLite format 3".utf8), "an SQLite database", nil),
        (Array("%PDF".utf8), "a PDF file", nil), ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", nil),
        ([0x1F, 0x8B], "a gzip file", "Unpack it and name the file in it."),
    ]

    /// Every second byte is zero: UTF-16 of Latin letters without a byte order mark.
    private static func alternates(_ start: [UInt8]) -> Bool {
        let pairs = start.prefix(16)
        guard pairs.count >= 4 else { return false }
        return [0, 1].contains { parity in
            pairs.indices.allSatisfy { ($0 % 2 == parity) == (pairs[$0] == 0) }
        }
    }

    private static func holds(_ bytes: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        return bytes.count >= word.count
            && (0...bytes.count - word.count).contains { bytes[$0..<$0 + word.count].elementsEqual(word) }
    }
}
