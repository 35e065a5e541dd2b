/// What a message calls an option or a command: the library does not know who stands in front of it.
///
/// Both stand in a text as marks, which `plain` and `commandLine` turn into words.
public enum Wording {
    private static let (begin, middle, end): (Character, Character, Character) = ("\u{E000}", "\u{E001}", "\u{E002}")

    /// An option by its name, with a value where one is meant.
    package static func option(_ name: String, _ value: String = "") -> String {
        "\(begin)\(name)\(middle)\(value)\(end)"
    }

    /// A command by its words; options among them are marks of their own.
    package static func command(_ words: String) -> String { "\(begin)\(middle)\(middle)\(end)\(words)" }

    /// For a program that uses the library: an option by its name in quotes.
    public static func plain(_ text: String) -> String {
        worded(text, command: "") { name, value in value.isEmpty ? "'\(name)'" : "'\(name)' \(value)" }
    }

    /// For the command line: `--name value`, and `program words`.
    public static func commandLine(_ text: String, program: String) -> String {
        worded(text, command: "\(program) ") { name, value in value.isEmpty ? "--\(name)" : "--\(name) \(value)" }
    }

    private static func worded(
        _ text: String, command: String, option: (_ name: String, _ value: String) -> String
    ) -> String {
        guard text.contains(begin) else { return text }
        var words = ""
        for piece in text.split(separator: begin, omittingEmptySubsequences: false).enumerated() {
            guard piece.offset > 0, let close = piece.element.firstIndex(of: end) else {
                words += piece.element
                continue
            }
            let mark = piece.element[..<close].split(separator: middle, omittingEmptySubsequences: false).map(
                String.init)
            words += mark.count == 3 ? command : option(mark[0], mark.count > 1 ? mark[1] : "")
            words += piece.element[piece.element.index(after: close)...]
        }
        return words
    }
}
