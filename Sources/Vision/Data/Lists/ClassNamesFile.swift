import Basics

/// A file with names for the classes of a list, as the data sets bring them.
///
/// Three forms: `name` (one a class, in label order), `folder words` (every class's folder as the list has it, as in
/// ImageNet's LOC_synset_mapping.txt; the words up to a comma are the name, behind the folder), and `name label` (as in
/// categories_places365.txt).
enum ClassNamesFile {
    /// The names in label order.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - folders: The names that the classes have so far.
    static func read(_ path: String, over folders: [String]) throws(Failure) -> [String] {
        let lines = try TextLines(path)
        var texts: [String] = []
        try lines.forEach { (line) throws(Failure) in texts.append(trimmed(String(decoding: line.bytes, as: UTF8.self)))
        }
        let rows = texts.map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        var names = numbered(texts, count: folders.count) ?? keyed(rows, folders)
        if names == nil, texts.count == folders.count { names = texts }
        guard let names else {
            throw Failure(
                .data, "\(path) has \(texts.count) lines, which name none or not all of the \(folders.count) classes",
                remedy: "Expected is one name a line, in label order.")
        }
        if let twice = firstRepeated(names) {
            throw Failure(.data, "\(path) names two classes '\(twice)'", remedy: "Make every name another one.")
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
