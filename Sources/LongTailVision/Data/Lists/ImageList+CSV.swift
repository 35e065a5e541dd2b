import LongTailBasics

extension ImageList {
    /// Names of the column of paths, in a header line.
    private static let pathWords = ["path", "file", "filename", "file_name", "filepath", "file_path", "image"]
    /// Names of the column of classes, in a header line.
    private static let classWords = ["class", "class_name", "label", "category", "species", "target"]

    /// Reads a table of paths and class names.
    ///
    /// A first line that has `path` (or file, filename, image) and `class` (or label, category, species, target) among
    /// its fields is a header and says where the columns are; without one, the first column is the path and the second
    /// the class. Classes are sorted by code point, or as numbers when all are whole numbers.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - names: The classes, in label order, from another table; nil to take them from this one.
    /// - Throws: A failure that names file and line.
    public static func csv(_ path: String, classes names: [String]? = nil) throws(LongTailError) -> ImageList {
        let records = try CSVRecords(path)
        var columns: (path: Int, name: Int, fields: Int)?
        var (paths, classes, found) = (PathTable(), [Int](), [String: Int]())
        let known = names.map { Dictionary($0.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }) }
        func take(_ fields: [String], _ line: Int, _ columns: (path: Int, name: Int, fields: Int)) throws(LongTailError)
        {
            guard fields.count == columns.fields, fields.count >= 2 else {
                throw records.problem(
                    line,
                    "\(fields.count) \(fields.count == 1 ? "field" : "fields"), expected \(max(2, columns.fields))",
                    remedy: "Expected are a path and a class, separated by a comma; quote a field that holds one.")
            }
            let name = trimmed(fields[columns.name])
            guard !name.isEmpty else { throw records.problem(line, "no class", remedy: "Write one after the comma.") }
            if let known, known[name] == nil {
                throw records.problem(
                    line, "the class '\(name)' is not among the \(known.count) classes trained on",
                    remedy: nearest(name, among: known.keys.sorted()).map { "Did you mean '\($0)'?" })
            }
            try append(fields[columns.path], line)
            if let label = known?[name] ?? found[name] { return classes.append(label) }
            found[name] = found.count
            classes.append(found.count - 1)
        }
        func append(_ text: String, _ line: Int) throws(LongTailError) {
            var (text, problem) = (trimmed(text), String?.none)
            let isTaken = text.withUTF8 { bytes in
                PicturePath.checked(bytes, problem: &problem).map { paths.append($0) } != nil
            }
            if !isTaken { throw records.problem(line, problem ?? "no path", remedy: PicturePath.remedy) }
        }
        try records.forEach { (fields, line) throws(LongTailError) in
            if let columns { return try take(fields, line, columns) }
            columns = header(fields)
            guard columns == nil else { return }
            columns = (0, 1, fields.count)
            try take(fields, line, (0, 1, fields.count))
        }
        guard !classes.isEmpty else {
            throw LongTailError(.data, "\(path) names no picture", remedy: "Expected are lines such as: cats/1.jpg,cat")
        }
        if let names { return try ImageList(source: path, paths: paths, labels: classes, classNames: names) }
        let order = sorted(Array(found.keys))
        var ranks = [Int](repeating: 0, count: order.count)
        for (rank, name) in order.enumerated() { ranks[found[name] ?? 0] = rank }
        return try ImageList(source: path, paths: paths, labels: classes.map { ranks[$0] }, classNames: order)
    }

    private static func header(_ fields: [String]) -> (path: Int, name: Int, fields: Int)? {
        let words = fields.map { trimmed($0).lowercased() }
        guard let path = words.firstIndex(where: pathWords.contains),
            let name = words.firstIndex(where: classWords.contains)
        else { return nil }
        return (path, name, fields.count)
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func sorted(_ names: [String]) -> [String] {
        let numbers = names.compactMap { Int($0) }
        return numbers.count == names.count
            ? names.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
            : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
