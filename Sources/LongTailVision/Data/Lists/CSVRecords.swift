import LongTailBasics

/// Records of a comma-separated table (RFC 4180), with the lines that they begin on.
///
/// Fields may be quoted, and a quoted one may hold commas and doubled quotes, but no line end: paths and class names
/// have none, and an unclosed quote is told at its own line rather than at the end of the file.
struct CSVRecords {
    private let lines: TextLines

    /// Opens a table.
    init(_ path: String) throws(LongTailError) { lines = try TextLines(path) }

    /// Calls `body` with the fields of every record and its line.
    func forEach(_ body: (_ fields: [String], _ line: Int) throws(LongTailError) -> Void) throws(LongTailError) {
        try lines.forEach { (line) throws(LongTailError) in try body(fields(line.bytes, line.number), line.number) }
    }

    /// A failure at a line.
    func problem(_ line: Int, _ text: String, remedy: String? = nil) -> LongTailError {
        lines.problem(line, text, remedy: remedy)
    }

    private func fields(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(LongTailError) -> [String] {
        let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
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
