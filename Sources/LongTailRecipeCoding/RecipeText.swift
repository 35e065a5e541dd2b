import LongTailBasics

/// A recipe's tree as YAML text: block style, lists of values on one line, texts quoted where it matters.
package enum RecipeText {
    /// A whole document.
    package static func document(_ node: RecipeNode) -> String { lines(node).joined(separator: "\n") + "\n" }

    /// A value on one line.
    package static func inline(_ node: RecipeNode) -> String {
        switch node.content {
        case .scalar(let text, let plain): plain || isSafe(text) ? text : quoted(text)
        case .list(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{ " + entries.map { "\(key($0.key)): \(inline($0.value))" }.joined(separator: ", ") + " }"
        }
    }

    private static func lines(_ node: RecipeNode) -> [String] {
        switch node.content {
        case .mapping(let entries) where !entries.isEmpty:
            return entries.flatMap { entry -> [String] in
                isInline(entry.value)
                    ? ["\(key(entry.key)): \(inline(entry.value))"]
                    : ["\(key(entry.key)):"] + lines(entry.value).map { "  " + $0 }
            }
        case .list(let items) where !items.allSatisfy(isInline):
            return items.flatMap { item in
                lines(item).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
            }
        default: return [inline(node)]
        }
    }

    private static func isInline(_ node: RecipeNode) -> Bool {
        switch node.content {
        case .scalar: true
        case .list(let items): items.allSatisfy(isInline)
        case .mapping(let entries): entries.isEmpty
        }
    }

    private static func key(_ text: String) -> String { isSafe(text) ? text : quoted(text) }

    /// Whether YAML reads the bare word as this very text: it begins with a letter and is no word of YAML's own.
    private static func isSafe(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) || ("A"..."Z").contains(first) else {
            return false
        }
        let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        return !reserved.contains(text.lowercased())
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "-_./".unicodeScalars.contains($0)
            }
    }

    /// Double quotes, and YAML's escapes where a terminal would obey the text.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where printable(String(scalar)) != String(scalar):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let isLong = digits.count > 4
                result +=
                    (isLong ? "\\U" : "\\u") + String(repeating: "0", count: (isLong ? 8 : 4) - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
