import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization

/// Reads arrays of predictions as `numpy.savez` and `savez_compressed` write them: `y_true`, and `y_pred` or `y_score`.
struct PredictionArchive {
    private let archive: ZipArchive
    private let path: String

    /// The most images; and the most bytes that an array of scores unpacks to (50,000 images of 8,142 classes have 3.3 GB as
    /// float64).
    private static let (imageLimit, scoreLimit) = (10_000_000, 1 << 32)

    init(_ file: FileBytes) { (archive, path) = (ZipArchive(file: file), file.path) }

    /// Whether a file is a zip archive that is no workbook.
    static func isArchive(_ head: Data) -> Bool {
        head.starts(with: [0x50, 0x4B, 3, 4])
            && TextFormat.foreign(Array(head), table: "", json: "")?.what == "a zip archive"
    }

    /// The predictions, in two passes: scores take much memory, and are looked at row by row once the labels are known.
    func read(counts: ClassCounts?) throws(LongTailError) -> PredictionFile {
        do throws(LongTailError) { return try arrays(counts) } catch {
            // libarchive's failures are of weights elsewhere.
            var failure = error
            failure.kind = error.kind == .checkpoint ? .data : error.kind
            throw failure
        }
    }

    private func arrays(_ counts: ClassCounts?) throws(LongTailError) -> PredictionFile {
        var (names, labels) = ([PredictionColumn: String](), [PredictionColumn: [Int]]())
        var all: [String] = []
        try archive.forEach { (entry) throws(LongTailError) in
            guard entry.name.hasSuffix(".npy") else { return true }
            let name = String(entry.name.dropLast(4))
            all.append(name)
            guard all.count <= 1000 else { throw failure(nil, "has more than 1,000 arrays") }
            let roles: [PredictionColumn] = [.truth, .predicted, .score]
            guard let role = roles.first(where: { $0.place(in: [name]) != nil }) else { return true }
            guard names.updateValue(name, forKey: role) == nil else {
                throw failure(name, "and another array are both \(role.names[1])", "Leave one of them out.")
            }
            if role != .score { labels[role] = try self.labels(entry, name) }
            return true
        }
        guard let targets = labels[.truth], labels[.predicted] != nil || names[.score] != nil else {
            let found = all.prefix(12).map { "'\(excerpt($0))'" }.joined(separator: ", ")
            throw failure(
                nil,
                all.isEmpty ? "holds no array of NumPy" : "holds the arrays \(found)\(all.count > 12 ? ", …" : "")",
                "Expected are y_true and y_pred or y_score: np.savez(path, y_true=..., y_pred=...)")
        }
        guard !targets.isEmpty else { throw failure(nil, "has no row of predictions") }
        if let guesses = labels[.predicted], guesses.count != targets.count {
            throw failure(
                nil, "\(names[.truth] ?? "") has \(targets.count) rows, \(names[.predicted] ?? "") \(guesses.count)",
                "Both have a row an image.")
        }
        var found = LabelledRows(targets: targets, guesses: labels[.predicted], counts: counts)
        if let name = names[.score] {
            try archive.forEach { (entry) throws(LongTailError) in
                guard entry.name == "\(name).npy" else { return true }
                try scores(entry, name, &found)
                return false
            }
        }
        return try found.file(path)
    }

    /// An array of labels.
    private func labels(_ entry: ZipArchive.Entry, _ name: String) throws(LongTailError) -> [Int] {
        let array = try header(entry, name)
        guard array.shape.count == 1 else {
            throw failure(
                name, "has \(array.shape.count) dimensions, \(array.shape); labels have one, a number an image",
                "Save scores, a row an image, as y_score; of one column per class keep the index: .argmax(1).")
        }
        guard array.type.kind != .float else {
            throw failure(name, "has numbers of floating point", "Labels are whole numbers: .astype('int64')")
        }
        let count = array.shape[0]
        guard count <= Self.imageLimit else { throw failure(name, "has more than \(Self.imageLimit) rows") }
        var values: [Int] = []
        for start in stride(from: 0, to: count, by: 1 << 16) {
            let rows = min(1 << 16, count - start)
            let bytes = try entry.next(rows * array.type.size)
            for row in 0..<rows {
                guard let value = array.type.integer(bytes, row), value >= 0, value < ClassVocabulary.limit else {
                    throw ClassVocabulary.strangeLabel(
                        array.type.integer(bytes, row) ?? .max, nil, at: "\(path): row \(start + row) of \(name)")
                }
                values.append(value)
            }
        }
        try entry.finish()
        return values
    }

    /// The array of scores: a row an image, or one number of its predicted class.
    private func scores(
        _ entry: ZipArchive.Entry, _ name: String, _ found: inout LabelledRows
    ) throws(LongTailError) {
        let array = try header(entry, name)
        guard array.type.kind == .float, [1, 2].contains(array.shape.count) else {
            throw failure(
                name, "is no array of scores: it is of \(array.type.text) and \(array.shape.count) dimensions",
                "Save a row an image and a column a class as float32.")
        }
        guard array.shape[0] == found.targets.count else {
            throw failure(
                name, "has \(array.shape[0]) rows, but there are \(found.targets.count) true labels",
                "Both have a row an image.")
        }
        let columns = array.shape.count == 2 ? array.shape[1] : 1
        guard columns > 0, columns <= ClassVocabulary.limit else {
            throw failure(name, "has \(columns) columns", "Save a column a class, \(ClassVocabulary.limit) at most.")
        }
        guard array.byteCount <= Self.scoreLimit else {
            throw failure(name, "has more than \(Self.scoreLimit >> 30) GiB of scores", "Save y_pred in its place.")
        }
        do throws(LongTailError) { try found.begin(columns: array.shape.count == 2 ? columns : nil) } catch {
            throw error.at("\(path): \(name)")
        }
        let step = max(1, (1 << 20) / (columns * array.type.size))
        for start in stride(from: 0, to: found.targets.count, by: step) {
            let rows = min(step, found.targets.count - start)
            let bytes = try entry.next(rows * columns * array.type.size)
            for row in 0..<rows {
                let values = (0..<columns).map { array.type.float(bytes, row * columns + $0) }
                if let bad = values.firstIndex(where: { !$0.isFinite }) {
                    throw failure(
                        "row \(start + row) of \(name)", "has the score \(values[bad]) in column \(bad)",
                        "A NaN means broken weights: training diverged or the checkpoint is damaged.")
                }
                found.add(values, row: start + row)
            }
        }
        try entry.finish()
    }

    private func header(_ entry: ZipArchive.Entry, _ name: String) throws(LongTailError) -> NumpyHeader {
        let array: NumpyHeader
        do throws(LongTailError) { array = try NumpyHeader(entry) } catch { throw error.at("\(path): \(name)") }
        return array
    }

    private func failure(_ name: String?, _ text: String, _ remedy: String? = nil) -> LongTailError {
        LongTailError(.data, name.map { "\(path): \(excerpt($0)) \(text)" } ?? "\(path): \(text)", remedy: remedy)
    }
}
