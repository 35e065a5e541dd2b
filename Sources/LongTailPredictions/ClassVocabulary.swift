import LongTailBasics
import LongTailFiles
import LongTailImbalance

/// The classes of a file of another program, as its cells name them: gathered row by row, then made labels.
struct ClassVocabulary {
    /// The most classes of a file.
    static let limit = 100_000

    private var numbers: [String: Int32] = [:]
    private var words: [(text: String, line: Int)] = []

    /// The number of a word, in the order of first appearance.
    mutating func number(_ text: String, line: Int) throws(LongTailError) -> Int32 {
        if let known = numbers[text] { return known }
        guard words.count < Self.limit else {
            throw LongTailError(.data, "line \(line): there are more than \(Self.limit) classes")
        }
        let number = Int32(truncatingIfNeeded: words.count)
        numbers[text] = number
        words.append((text, line))
        return number
    }

    /// Names of classes in label order, the label of every word by its number, and what there is to say of it.
    ///
    /// Words that are all whole numbers from 0 are labels: of `counts`, else of classes named by their numbers. Others are
    /// names: in the order of `counts`, else sorted by code point.
    func labels(
        _ counts: ClassCounts?, _ path: String
    ) throws(LongTailError) -> (names: [String], labels: [Int32], notes: [String]) {
        let whole = words.compactMap { Self.whole($0.text) }
        guard whole.count == words.count else {
            let names = counts?.names ?? words.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return (names, try labels(among: names, of: "the counts", path), [])
        }
        if let place = whole.firstIndex(where: { !(0..<(counts?.classCount ?? Self.limit)).contains($0) }) {
            throw Self.strangeLabel(whole[place], counts, at: "\(path):\(words[place].line)")
        }
        let labels = whole.map { Int32(truncatingIfNeeded: $0) }
        guard let counts else { return ((0...(whole.max() ?? 0)).map { "\($0)" }, labels, []) }
        let names = Dictionary(
            counts.names.enumerated().map { ($1, Int32(truncatingIfNeeded: $0)) },
            uniquingKeysWith: { first, _ in first })
        let isAmbiguous = words.allSatisfy { names[$0.text] != nil } && words.map { names[$0.text] } != labels
        return (
            counts.names, labels,
            isAmbiguous ? ["the classes are numbers: they were taken as labels, not as the names of the counts"] : []
        )
    }

    /// A label that there is no class of.
    static func strangeLabel(_ label: Int, _ counts: ClassCounts?, at place: String) -> LongTailError {
        if label < 0 {
            return LongTailError(
                .data, "\(place): the label \(label) is negative", remedy: "Labels are whole numbers from 0.")
        }
        guard let counts else {
            return LongTailError(
                .data, "\(place): the label \(label) is beyond \(limit) classes",
                remedy: "Labels are whole numbers from 0 to the number of classes less one.")
        }
        return LongTailError(
            .data,
            "\(place): the label \(label), but the counts name \(counts.classCount) classes: 0 to \(counts.classCount - 1)",
            remedy: "Are these the counts of the same data set?")
    }

    /// The label of every word by its number, among names in label order.
    ///
    /// - Parameter source: Whose names they are, for the message.
    func labels(among names: [String], of source: String, _ path: String) throws(LongTailError) -> [Int32] {
        let known = Dictionary(
            names.enumerated().map { ($1, Int32(truncatingIfNeeded: $0)) }, uniquingKeysWith: { first, _ in first })
        var labels: [Int32] = []
        for (text, line) in words {
            guard let label = known[text] else {
                throw LongTailError(
                    .data, "\(path):\(line): the class '\(excerpt(text))' is not among the \(names.count) of \(source)",
                    remedy: nearest(text, among: names).map { "Did you mean '\(excerpt($0))'?" }
                        ?? "Are both of the same data set?")
            }
            labels.append(label)
        }
        return labels
    }

    /// A whole number, written as one or as pandas writes a column with gaps: 3, 3.0.
    static func whole(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }) else { return nil }
        return Int(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}
