import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization

/// A file of training counts: CSV with the columns `class` and `count`, or a number a line in the order of the labels.
public enum ClassCountsFile {
    private static let classes = ["class", "name", "class_name", "label", "category"]
    private static let counts = ["count", "counts", "images", "number", "n", "training"]

    /// Reads a file.
    ///
    /// Classes have the order of the file; those that are the numbers from 0 on, in any order, have that of the numbers. Without
    /// names they are named by their numbers.
    ///
    /// - Throws: A failure that names file and line.
    public static func read(_ path: String) throws(LongTailError) -> ClassCounts {
        let file = try FileBytes(path: path)
        let records = try PredictionText.records(file, file.read(at: 0, count: min(file.size, 4096)))
        var table = CountTable()
        try records.forEach { (fields, line) throws(LongTailError) in
            try table.take(fields.map(\.trimmingBlanks), line, records)
        }
        guard !table.counts.isEmpty else {
            throw LongTailError(
                .data, "\(path): counts no class", remedy: "Expected are lines such as: cat,1280")
        }
        do throws(LongTailError) { return try table.classCounts() } catch { throw error.at(path) }
    }

    private struct CountTable {
        private(set) var counts: [Int] = []
        private var names: [String] = []
        private var lines: [String: Int] = [:]
        private var columns: (name: Int?, count: Int, all: Int)?

        mutating func take(_ fields: [String], _ line: Int, _ records: CSVRecords) throws(LongTailError) {
            guard let columns else { return try settle(fields, line, records) }
            guard fields.count == columns.all else {
                throw records.problem(
                    line, "\(fields.count) \(fields.count == 1 ? "field" : "fields"), but \(columns.all) columns",
                    remedy: "Every row has a class and its count; quote a class that holds a comma.")
            }
            guard let count = ClassVocabulary.whole(fields[columns.count]), count >= 0 else {
                throw records.problem(
                    line, "'\(excerpt(fields[columns.count]))' is no number of images",
                    remedy: "Counts are whole numbers from 0.")
            }
            guard counts.count < ClassVocabulary.limit else {
                throw records.problem(line, "more than \(ClassVocabulary.limit) classes")
            }
            let name = columns.name.map { fields[$0] } ?? "\(counts.count)"
            if let first = lines.updateValue(line, forKey: name) {
                throw records.problem(
                    line, "the class '\(excerpt(name))' stands in line \(first) too", remedy: "Count each class once.")
            }
            counts.append(count)
            names.append(name)
        }

        /// Finds the columns in the first row, which is a heading or counts a class itself.
        private mutating func settle(
            _ fields: [String], _ line: Int, _ records: CSVRecords
        ) throws(LongTailError) {
            let words = fields.map { $0.lowercased() }
            func place(_ names: [String]) -> Int? { names.lazy.compactMap { words.firstIndex(of: $0) }.first }
            if let count = place(ClassCountsFile.counts), let name = place(ClassCountsFile.classes) {
                columns = (name, count, fields.count)
            } else if fields.count == 1, place(ClassCountsFile.counts) != nil {
                columns = (nil, 0, 1)
            } else if fields.count <= 2, let last = fields.last, ClassVocabulary.whole(last) != nil {
                columns = (fields.count == 2 ? 0 : nil, fields.count - 1, fields.count)
                try take(fields, line, records)
            } else {
                let found = fields.prefix(12).map { "'\(excerpt($0))'" }.joined(separator: ", ")
                throw records.problem(
                    line, "the columns are \(found); a class and a count are looked for",
                    remedy: "Name them in the first line: class,count")
            }
        }

        func classCounts() throws(LongTailError) -> ClassCounts {
            let numbers = names.compactMap { ClassVocabulary.whole($0) }
            guard numbers.count == names.count, numbers.sorted() == Array(names.indices) else {
                return try ClassCounts(names: names, counts: counts)
            }
            var ordered = counts
            for (place, number) in numbers.enumerated() { ordered[number] = counts[place] }
            return try ClassCounts(names: numbers.indices.map { "\($0)" }, counts: ordered)
        }
    }
}
