import LongTailBasics
import LongTailFiles

/// A text file with the names of classes: the one reader of such files.
///
/// UTF-8; blanks around a name and blank lines at the end do not count.
public enum ClassNamesFile {
    /// The names of a file that has one a line, in label order.
    ///
    /// - Throws: A failure that names the file, and the line that is empty or has a name for the second time.
    public static func read(_ path: String) throws(LongTailError) -> [String] { try unique(lines(path), path) }

    /// The names in label order, from any of the forms in which data sets bring them.
    ///
    /// Three forms: `name` (one a class, in label order), `folder words` (every class's folder as the list has it, as in
    /// ImageNet's LOC_synset_mapping.txt; the words up to a comma are the name, behind the folder), and `name label` (as
    /// in categories_places365.txt).
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - folders: The names that the classes have so far.
    static func read(_ path: String, over folders: [String]) throws(LongTailError) -> [String] {
        let texts = try lines(path)
        let rows = texts.map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        if let names = numbered(texts, count: folders.count) ?? keyed(rows, folders) {
            guard let twice = firstRepeated(names) else { return names }
            throw LongTailError(.data, "\(path) names two classes '\(twice)'", remedy: "Make every name another one.")
        }
        guard texts.count == folders.count else {
            throw LongTailError(
                .data, "\(path): its lines (\(texts.count)) do not name the \(folders.count) classes",
                remedy: "Expected is one name a line, in label order.")
        }
        return try unique(texts, path)
    }

    private static func lines(_ path: String) throws(LongTailError) -> [String] {
        let lines = try TextLines(list: path)
        var texts: [String] = []
        try lines.forEach { (line) throws(LongTailError) in
            guard line.number == texts.count + 1 else {
                throw lines.problem(texts.count + 1, "is empty", remedy: "Give each class a line with its name.")
            }
            texts.append(trimmed(String(decoding: line.bytes, as: UTF8.self)))
        }
        guard !texts.isEmpty else {
            throw LongTailError(.data, "\(path): names no class", remedy: "Give each class a line with its name.")
        }
        return texts
    }

    /// Names of which each has a line of its own.
    private static func unique(_ names: [String], _ path: String) throws(LongTailError) -> [String] {
        var lines: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let first = lines.updateValue(index + 1, forKey: name) else { continue }
            throw LongTailError(
                .data, "\(path):\(index + 1): '\(name)' is the name in line \(first) too",
                remedy: "Make every name another one.")
        }
        return names
    }

    /// `name label`, for every label once.
    private static func numbered(_ texts: [String], count: Int) -> [String]? {
        var names = [String?](repeating: nil, count: count)
        for text in texts {
            guard let cut = text.lastIndex(of: " "), let label = Int(text[text.index(after: cut)...]),
                names.indices.contains(label), names[label] == nil
            else { return nil }
            names[label] = trimmed(String(text[..<cut]))
        }
        let whole = names.compactMap { $0 }
        return whole.count == count ? whole : nil
    }

    /// `folder words`: a name for every folder, `n01440764 tench`.
    private static func keyed(_ rows: [[String]], _ folders: [String]) -> [String]? {
        guard rows.allSatisfy({ $0.count == 2 }) else { return nil }
        let words = Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
        let names = folders.compactMap { folder in
            words[folder].map { "\(folder) \(trimmed(String($0.prefix { $0 != "," })))" }
        }
        return names.count == folders.count ? names : nil
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
