import LongTailBasics

/// Records of a table (RFC 4180), with the lines that they begin on.
///
/// Fields are separated by commas, or, in a table whose first line has none, by tabs or semicolons.
/// Fields may be quoted, and a quoted one may hold commas and doubled quotes, but no line end: paths and class names
/// have none, and an unclosed quote is told at its own line rather than at the end of the file.
struct CSVRecords {
    private let lines: TextLines
    private let separator: UInt8

    /// Opens a table.
    init(_ path: String) throws(LongTailError) {
        lines = try TextLines(path)
        separator = Self.separator(of: lines.bytes)
    }

    /// What the first line with text in it separates its fields by; quoted fields do not count.
    private static func separator(of bytes: [UInt8]) -> UInt8 {
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
    func forEach(_ body: (_ fields: [String], _ line: Int) throws(LongTailError) -> Void) throws(LongTailError) {
        try lines.forEach { (line) throws(LongTailError) in try body(fields(line.bytes, line.number), line.number) }
    }

    /// A failure at a line.
    func problem(_ line: Int, _ text: String, remedy: String? = nil) -> LongTailError {
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
