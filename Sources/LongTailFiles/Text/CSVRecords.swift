import LongTailBasics

/// Records of a table (RFC 4180), with the lines that they begin on.
///
/// Fields are separated by commas, or, in a table whose first line has none, by tabs or semicolons.
/// Fields may be quoted, and a quoted one may hold commas and doubled quotes.
package struct CSVRecords {
    /// Lines that begin with `#` before the first record, as they stand.
    package let comments: [(text: String, line: Int)]
    private let lines: TextLines
    private let separator: UInt8
    private let first: TextLines.Place
    private let joinsLines: Bool

    /// A table without comments, whose quoted fields hold no line end: paths and class names have none, and an unclosed
    /// quote is told at its own line rather than at the end of the file.
    package init(_ lines: TextLines) {
        (self.lines, comments, first, joinsLines) = (lines, [], lines.beginning, false)
        separator = Self.separator(of: lines.bytes[...])
    }

    /// A table that may begin with comments, and whose quoted fields hold any text.
    ///
    /// - Throws: For a comment that is not UTF-8.
    package init(commented lines: TextLines) throws(LongTailError) {
        var (place, comments) = (lines.beginning, [(text: String, line: Int)]())
        while place.offset < lines.bytes.count {
            let line = lines.bytes[place.offset...].prefix { $0 != 0x0A }
            let text = line.last == 0x0D ? line.dropLast() : line
            if text.first == UInt8(ascii: "#") {
                guard let comment = String(validating: text, as: UTF8.self) else {
                    throw lines.problem(place.line + 1, "not UTF-8", remedy: "Save it as UTF-8.")
                }
                comments.append((comment, place.line + 1))
            } else if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                break
            }
            place = TextLines.Place(offset: line.endIndex + 1, line: place.line + 1)
        }
        (self.lines, self.comments, first, joinsLines) = (lines, comments, place, true)
        separator = Self.separator(of: lines.bytes.dropFirst(place.offset))
    }

    /// What the first line with text in it separates its fields by; quoted fields do not count.
    private static func separator(of bytes: ArraySlice<UInt8>) -> UInt8 {
        var (isQuoted, seen) = (false, Set<UInt8>())
        let line = bytes.drop { $0 <= 0x20 && $0 != 0x09 }.prefix { $0 != 0x0A }
        for byte in line {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted { seen.insert(byte) }
        }
        let all = [",", "\t", ";"].map { (mark: UnicodeScalar) in UInt8(ascii: mark) }
        return all.first(where: seen.contains) ?? all[0]
    }

    /// Calls `body` with the fields of every record and its line.
    package func forEach(
        _ body: (_ fields: [String], _ line: Int) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        try lines.forEach(from: first, joiningQuotes: joinsLines) { (line) throws(LongTailError) in
            try body(fields(line.bytes, line.number), line.number)
        }
    }

    /// A failure at a line.
    package func problem(_ line: Int, _ text: String, remedy: String? = nil) -> LongTailError {
        lines.problem(line, text, remedy: remedy)
    }

    private func fields(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(LongTailError) -> [String] {
        let (comma, quote) = (separator, UInt8(ascii: "\""))
        var (fields, place) = ([String](), 0)
        while true {
            var field: [UInt8] = []
            if place < line.count, line[place] == quote {
                place += 1
                while true {
                    guard place < line.count else {
                        throw problem(
                            number, "a quote that is not closed", remedy: "Quotes inside a field are doubled.")
                    }
                    if line[place] == quote {
                        guard place + 1 < line.count, line[place + 1] == quote else { break }
                        place += 1
                    }
                    field.append(line[place])
                    place += 1
                }
                place += 1
                guard place == line.count || line[place] == comma else {
                    throw problem(
                        number, "text after a closed quote", remedy: "Quote a field as a whole; double quotes inside.")
                }
            } else {
                while place < line.count, line[place] != comma {
                    guard line[place] != quote else {
                        throw problem(
                            number, "a quote inside a field that does not begin with one",
                            remedy: "Quote the field as a whole; double quotes inside.")
                    }
                    field.append(line[place])
                    place += 1
                }
            }
            fields.append(String(decoding: field, as: UTF8.self))
            guard place < line.count else { return fields }
            place += 1
        }
    }
}
