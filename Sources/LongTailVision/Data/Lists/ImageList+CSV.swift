import Foundation
import LongTailBasics
import LongTailFiles

extension ImageList {
    /// Reads a table of paths and class names.
    ///
    /// A first line with known words for both columns (`TableColumns`), or with those of `columns`, is a heading; without
    /// one, the first column is the path and the second the class. A table may have a column for each class instead,
    /// with 1 for the picture's own and 0 for the others, and a column `split` that says `train`, `validation` or `test`.
    /// Classes are sorted by code point, or as numbers when all are whole numbers. Rows without a class (empty, NaN) or
    /// of several are left out and counted in `notes`.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - names: The classes, in label order, from another table; nil to take them from this one.
    ///   - columns: The names of the columns of paths and of classes; nil to find them.
    ///   - folder: Where the pictures lie, to tell headings and backslashes by; nil where it is not known.
    /// - Throws: A failure that names file and line.
    public static func csv(
        _ path: String, classes names: [String]? = nil, columns: [String]? = nil, below folder: String? = nil
    ) throws(LongTailError) -> ImageList {
        var reader = TableReader(
            try CSVRecords(TextLines(list: path)), classes: names, columns: columns, folder: folder)
        return try reader.list(named: path)
    }
}

/// Reads the records of a table one after the other.
private struct TableReader {
    private let records: CSVRecords
    private let wanted: [String]?
    private let folder: String?
    private let names: [String]?
    private let known: [String: Int]?
    private var columns: TableColumns?
    private var first: (fields: [String], line: Int)?
    private var paths = PathTable()
    private var labels: [Int] = []
    private var parts: [ListPart] = []
    private var found: [String: Int] = [:]
    private var nameless = Omitted()
    private var several = Omitted()

    /// Rows that are left out, and where the first stands.
    private struct Omitted {
        var count = 0
        var line = 0

        mutating func add(_ line: Int) {
            if count == 0 { self.line = line }
            count += 1
        }

        func note(_ what: String) -> String? {
            guard count > 0 else { return nil }
            return "\(count) \(count == 1 ? "row" : "rows") \(what) \(count == 1 ? "is" : "are") left out, "
                + "\(count == 1 ? "line" : "the first in line") \(line)"
        }
    }

    init(_ records: CSVRecords, classes names: [String]?, columns: [String]?, folder: String?) {
        (self.records, self.names, wanted, self.folder) = (records, names, columns, folder)
        known = names.map { Dictionary($0.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }) }
    }

    /// The whole table as a list.
    mutating func list(named source: String) throws(LongTailError) -> ImageList {
        let records = records
        try records.forEach { (fields, line) throws(LongTailError) in try read(fields, line) }
        try settle(nil)
        var notes = [
            nameless.note("without a class (\(columns?.name == nil ? "all 0" : "empty or NaN"))"),
            several.note("of several classes"), paths.readBackslashes(below: folder),
            columns?.strange.map {
                "the column '\($0.name)' is not heeded: '\($0.value)' is not train, validation or test"
            },
        ].compactMap { $0 }
        guard !labels.isEmpty else {
            throw LongTailError(
                .data, (["\(source) names no picture"] + notes).joined(separator: ": "),
                remedy: "Expected are lines such as: cats/1.jpg,cat")
        }
        let order = names ?? Self.sorted(Array(found.keys))
        if names == nil {
            var ranks = [Int](repeating: 0, count: order.count)
            for (rank, name) in order.enumerated() { ranks[found[name] ?? 0] = rank }
            labels = labels.map { ranks[$0] }
        }
        if let marks = columns?.marks.map(\.name), names == nil, found.count < marks.count {
            let empty = marks.filter { found[$0] == nil }
            notes.append("no picture has the \(empty.count == 1 ? "class" : "classes") " + named(empty))
        }
        var list = try ImageList(source: source, paths: paths, labels: labels, classNames: order)
        (list.parts, list.notes) = (parts, notes)
        return list
    }

    private mutating func read(_ fields: [String], _ line: Int) throws(LongTailError) {
        if columns == nil {
            guard first != nil else {
                first = (fields, line)
                return
            }
            try settle(fields)
        }
        try take(fields, line)
    }

    /// Decides what the first record is, now that the second one is there or that there is none.
    private mutating func settle(_ second: [String]?) throws(LongTailError) {
        guard columns == nil, let (fields, line) = first else { return }
        let isThere = folder.map { folder in
            { (path: String) in
                [path, String(path.map { $0 == "\\" ? "/" : $0 })].contains {
                    !$0.isEmpty && FileManager.default.fileExists(atPath: "\(folder)/\($0)")
                }
            }
        }
        do throws(TableColumns.Unclear) {
            columns = try TableColumns(fields, second, wanted: wanted, isThere: isThere)
        } catch { throw records.problem(line, error.problem, remedy: error.remedy) }
        if columns?.isHeading == false { try take(fields, line) }
    }

    private mutating func take(_ fields: [String], _ line: Int) throws(LongTailError) {
        guard let columns, fields.count == columns.count else {
            throw records.problem(
                line,
                "\(fields.count) \(fields.count == 1 ? "field" : "fields"), expected \(columns?.count ?? 2)",
                remedy: "Expected are a path and a class, separated by a comma; quote a field that holds one.")
        }
        guard let name = try name(fields, line, columns) else { return }
        if let known, known[name] == nil {
            throw records.problem(
                line, "the class '\(name)' is not among the \(known.count) classes trained on",
                remedy: nearest(name, among: known.keys.sorted()).map { "Did you mean '\($0)'?" })
        }
        if let part = columns.part { parts.append(try self.part(fields[part.column], part.name, line)) }
        try append(fields[columns.path], line)
        if let label = known?[name] ?? found[name] { return labels.append(label) }
        found[name] = found.count
        labels.append(found.count - 1)
    }

    /// The class of a row; nil when the row is left out.
    private mutating func name(
        _ fields: [String], _ line: Int, _ columns: TableColumns
    ) throws(LongTailError) -> String? {
        if let column = columns.name {
            let name = fields[column].trimmingBlanks
            guard name.isEmpty || ["nan", "<na>", "null"].contains(name.lowercased()) else { return name }
            nameless.add(line)
            return nil
        }
        var names: [String] = []
        for (column, name) in columns.marks {
            guard let isSet = TableColumns.mark(fields[column]) else {
                throw records.problem(
                    line, "'\(fields[column].trimmingBlanks)' in the column '\(name)' is neither 0 nor 1",
                    remedy: "In a table with a column for each class, 1 stands for the picture's own and 0 for others.")
            }
            if isSet { names.append(name) }
        }
        if names.isEmpty { nameless.add(line) }
        if names.count > 1 { several.add(line) }
        return names.count == 1 ? names[0] : nil
    }

    private func part(_ field: String, _ column: String, _ line: Int) throws(LongTailError) -> ListPart {
        guard let part = ListPart(word: field) else {
            throw records.problem(
                line, "'\(field.trimmingBlanks)' in the column '\(column)' is no part of a data set",
                remedy: "Expected are train, validation and test; rename the column if it is not meant so.")
        }
        return part
    }

    private mutating func append(_ text: String, _ line: Int) throws(LongTailError) {
        var (text, problem) = (text.trimmingBlanks, String?.none)
        let isTaken = text.withUTF8 { bytes in
            PicturePath.checked(bytes, problem: &problem).map { paths.append($0) } != nil
        }
        if !isTaken { throw records.problem(line, problem ?? "no path", remedy: PicturePath.remedy) }
    }

    private func named(_ names: [String]) -> String {
        names.prefix(4).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }

    private static func sorted(_ names: [String]) -> [String] {
        let numbers = names.compactMap { Int($0) }
        return numbers.count == names.count
            ? names.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
            : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
