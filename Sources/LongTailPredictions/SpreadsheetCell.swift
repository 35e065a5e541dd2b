/// Text in a cell that no spreadsheet takes for a formula.
enum SpreadsheetCell {
    /// What a formula may begin with, in letters of half and full width.
    private static let formulas: Set<Unicode.Scalar> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
    /// The same, line ends and tabs before it, and the quote that marks text.
    private static let marks = formulas.union(["\t", "\r", "\n", "'"])

    /// A text as a field of CSV: marked where it begins like a formula, quoted where it holds more than plain text.
    static func text(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let marked = scalars.first.map(marks.contains) == true ? "'\(text)" : text
        // Blanks at either end are lost without quotes; `#` would begin a comment.
        let isPlain = scalars.allSatisfy {
            $0.value >= 0x20 && $0.value != 0x7F && !"\",;#".unicodeScalars.contains($0)
        }
        guard !isPlain || scalars.first == " " || scalars.last == " " || text.isEmpty else { return marked }
        // By scalars: a quote and an accent behind it are one character.
        var quoted = "\"".unicodeScalars
        for scalar in marked.unicodeScalars { quoted += scalar == "\"" ? [scalar, scalar] : [scalar] }
        return String(quoted) + "\""
    }

    /// What `text` was given, out of a field that has been taken out of its quotes.
    static func unmarked(_ field: String) -> String {
        field.unicodeScalars.first == "'" ? String(field.unicodeScalars.dropFirst()) : field
    }

    /// JSON text of which no part is a formula, wherever a spreadsheet cuts it: marks stand as escapes but behind a letter
    /// or a digit.
    static func json(_ json: String) -> String {
        var (text, previous) = ("", Unicode.Scalar(0x20) as Unicode.Scalar)
        for scalar in json.unicodeScalars {
            let isWord =
                ("a"..."z").contains(previous) || ("A"..."Z").contains(previous) || ("0"..."9").contains(previous)
            if formulas.contains(scalar), !isWord {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                text.unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        return text
    }
}
