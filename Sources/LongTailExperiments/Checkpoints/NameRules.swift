/// Names by patterns: a list of rules, of which the first that fits gives the new name.
///
/// In a pattern `#` stands for a number, also at the end of a part, as in `encoder_layer_#`; a `*` at the end for whatever follows. In the
/// new name they stand for the same, in their order.
struct NameRules: Sendable {
    private let rules: [(pattern: [Substring], target: String)]

    init(_ rules: KeyValuePairs<String, String>) {
        self.rules = rules.map { ($0.split(separator: "."), $1) }
    }

    /// The new name; nil where no rule fits.
    func callAsFunction(_ name: String) -> String? {
        let parts = name.split(separator: ".")
        for rule in rules {
            guard let found = Self.match(parts, rule.pattern) else { continue }
            var (numbers, result) = (found.numbers[...], "")
            for character in rule.target {
                switch character {
                case "#": result += numbers.popFirst() ?? ""
                case "*": result += found.rest
                default: result.append(character)
                }
            }
            return result
        }
        return nil
    }

    private static func match(
        _ parts: [Substring], _ pattern: [Substring]
    ) -> (numbers: [Substring], rest: String)? {
        var numbers: [Substring] = []
        for (place, wanted) in pattern.enumerated() {
            if wanted == "*" {
                guard place < parts.count else { return nil }
                return (numbers, parts[place...].joined(separator: "."))
            }
            guard place < parts.count else { return nil }
            if wanted.hasSuffix("#") {
                let (start, number) = (wanted.dropLast(), parts[place].dropFirst(wanted.count - 1))
                guard parts[place].hasPrefix(start), !number.isEmpty, number.allSatisfy(\.isASCII),
                    number.allSatisfy(\.isNumber)
                else { return nil }
                numbers.append(number)
            } else if wanted != parts[place] {
                return nil
            }
        }
        return parts.count == pattern.count ? (numbers, "") : nil
    }
}
