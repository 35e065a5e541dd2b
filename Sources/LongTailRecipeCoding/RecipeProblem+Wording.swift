import LongTailBasics

/// The words of every problem with a recipe.
extension RecipeProblem {
    /// What is wrong, in one line, and the way out.
    var words: (problem: String, remedy: String?) {
        switch what {
        case .unknownKey(let key, let known):
            let suggestion = nearest(key, among: known).map { "Did you mean '\($0)'?  " } ?? ""
            return (
                "unknown key '\(key)' in \(path)", "\(suggestion)Known keys: \(known.sorted().joined(separator: ", "))"
            )
        case .duplicateKey(let key):
            return ("the key '\(key)' stands twice in \(path)", "Keep one of them.")
        case .missingKey(let key, let meaning):
            return ("'\(key)' is missing in \(path)", "'\(key)' is \(meaning).")
        case .wrongType(let found, let expected):
            return ("\(path) must be \(expected), found \(found)", nil)
        case .outOfRange(let found, let allowed):
            return ("\(path) must be \(allowed), found \(found)", nil)
        case .notAChoice(let found, let choices):
            let suggestion = nearest(found, among: choices).map { "Did you mean '\($0)'?  " } ?? ""
            return (
                "\(path) cannot be '\(found)'", "\(suggestion)Choices: \(listed(choices, near: found))"
            )
        case .conflict(let text, let remedy): return ("\(path) \(text)", remedy)
        case .syntax(let text, let remedy): return (text, remedy)
        }
    }

    /// One failure for all problems; nil when there are none.
    static func failure(_ problems: [RecipeProblem]) -> LongTailError? {
        let ordered = problems.enumerated().sorted {
            let (a, b) = ($0.element.rank, $1.element.rank)
            return a == b ? $0.offset < $1.offset : a < b
        }
        let told = ordered.map { ($0.element.origin, $0.element.words) }
        guard let (origin, words) = told.first else { return nil }
        if told.count == 1 { return LongTailError(.usage, "\(origin): \(words.problem)", remedy: words.remedy) }
        let lines = told.flatMap { origin, words in
            ["\(origin): \(words.problem)"] + (words.remedy.map { ["  " + $0] } ?? [])
        }
        return LongTailError(.usage, problems: lines)
    }

    /// Files before options, by line and column.
    private var rank: (Int, Int, Int) {
        if case .file(_, let line, let column) = origin { return (0, line, column) }
        return (1, 0, 0)
    }
}

extension RecipeReport {
    /// The words for a range of a kind of value.
    static func range<Value>(_ range: ClosedRange<Value>) -> String {
        "from \(range.lowerBound) to \(range.upperBound)"
    }
}
