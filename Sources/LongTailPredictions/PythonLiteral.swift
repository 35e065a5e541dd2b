/// The few literals of Python that the header of an array is made of.
struct PythonLiteral {
    /// A value of the dictionary.
    enum Value: Equatable {
        case text(String)
        case truth(Bool)
        case numbers([Int])
        /// A list, as the description of records is one.
        case list
    }

    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    /// A dictionary of texts to values, and nothing behind it; nil for anything else.
    mutating func dictionary() -> [String: Value]? {
        guard take("{") else { return nil }
        var fields: [String: Value] = [:]
        while !take("}") {
            guard let key = string(), take(":"), let value = value(), fields.updateValue(value, forKey: key) == nil
            else {
                return nil
            }
            guard take(",") || rest.first == "}" else { return nil }
        }
        skipSpace()
        return rest.isEmpty ? fields : nil
    }

    private mutating func value() -> Value? {
        skipSpace()
        switch rest.first {
        case "'", "\"": return string().map(Value.text)
        case "(": return numbers().map(Value.numbers)
        case "[": return list()
        default:
            for (word, truth) in [("True", true), ("False", false)] where rest.hasPrefix(word) {
                rest.removeFirst(word.count)
                return .truth(truth)
            }
            return nil
        }
    }

    /// A text without escapes, which the descriptions of numbers do not have.
    private mutating func string() -> String? {
        skipSpace()
        guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
        let text = rest.dropFirst().prefix { $0 != quote && $0 != "\\" }
        rest = rest[text.endIndex...]
        guard rest.first == quote else { return nil }
        rest.removeFirst()
        return String(text)
    }

    /// A tuple of whole numbers from 0; of NumPy under Python 2 with an L behind each.
    private mutating func numbers() -> [Int]? {
        guard take("(") else { return nil }
        var numbers: [Int] = []
        while !take(")") {
            skipSpace()
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard let number = Int(digits), numbers.count < 32 else { return nil }
            rest.removeFirst(digits.count)
            if rest.first == "L" { rest.removeFirst() }
            numbers.append(number)
            guard take(",") || rest.first == ")" else { return nil }
        }
        return numbers
    }

    /// Passes over a list, whose texts hold no brackets.
    private mutating func list() -> Value? {
        var depth = 0
        while let character = rest.popFirst() {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if depth == 0 { return .list }
        }
        return nil
    }

    private mutating func take(_ mark: Character) -> Bool {
        skipSpace()
        guard rest.first == mark else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\n" } }
}
