import LongTailBasics
import LongTailFiles
import LongTailImbalance

/// Reads a table of predictions, the program's own or another's, row by row.
struct PredictionRows {
    private let records: CSVRecords
    private let path: String

    init(_ records: CSVRecords, path: String) { (self.records, self.path) = (records, path) }

    /// The whole table.
    func read(counts: ClassCounts?) throws(LongTailError) -> PredictionFile {
        let head = try PredictionHead(records.comments, path: path)
        var columns = try columns(isOwn: head != nil)
        var isHeading = columns.heading == nil
        try records.forEach { (fields, line) throws(LongTailError) in
            if isHeading {
                isHeading = false
                try columns.settle(fields, line, records, isOwn: head != nil)
            } else {
                try columns.take(fields, line, records)
            }
        }
        guard !columns.targets.isEmpty else {
            throw LongTailError(
                .data, "\(path): has no row of predictions", remedy: "Expected is a row an image below the heading.")
        }
        guard let head else { return try foreign(columns, counts) }
        return try own(columns, head, counts)
    }

    /// Columns whose heading is not known yet, but where it is a comment, as numpy.savetxt writes it.
    private func columns(isOwn: Bool) throws(LongTailError) -> Columns {
        var columns = Columns()
        guard !isOwn, let (text, line) = records.comments.last else { return columns }
        let words = text.dropFirst().split(whereSeparator: { ",;\t".contains($0) }).map { String($0).trimmingBlanks }
        if PredictionColumn.truth.place(in: words) != nil, PredictionColumn.predicted.place(in: words) != nil {
            try columns.settle(words, line, records, isOwn: false)
        }
        return columns
    }

    private func foreign(_ columns: Columns, _ counts: ClassCounts?) throws(LongTailError) -> PredictionFile {
        let (names, labels, notes) = try columns.classes.labels(counts, path)
        var (scores, further) = (columns.scores, [String]())
        if let row = scores?.firstIndex(where: PredictionTable.isNoProbability) {
            further.append(
                "\(scores?[row] ?? 0), the score of row \(row + 1), is no probability: scores and calibration are left out"
            )
            scores = nil
        }
        return PredictionFile(
            predictions: try PredictionTable(
                classNames: names, targets: columns.targets.map { labels[Int($0)] },
                predicted: columns.predicted.map { labels[Int($0)] }, confidence: scores, images: columns.images,
                groups: columns.groups),
            counts: counts, notes: notes + further)
    }

    private func own(
        _ columns: Columns, _ head: PredictionHead, _ counts: ClassCounts?
    ) throws(LongTailError) -> PredictionFile {
        let known = try head.training.map { (training) throws(LongTailError) in
            do throws(LongTailError) { return try ClassCounts(names: head.classes, counts: training) } catch {
                throw error.at(path)
            }
        }
        let labels = try columns.classes.labels(among: head.classes, of: "its head", path)
        let further =
            try columns.further.isEmpty
            ? nil
            : FurtherClasses(
                width: columns.further.count / columns.targets.count, labels: columns.further.map { labels[Int($0)] },
                scores: columns.furtherScores)
        do throws(LongTailError) {
            return PredictionFile(
                model: head.model,
                predictions: try PredictionTable(
                    classNames: head.classes, targets: columns.targets.map { labels[Int($0)] },
                    predicted: columns.predicted.map { labels[Int($0)] }, confidence: columns.scores, further: further,
                    images: columns.images, groups: columns.groups),
                counts: try counts?.ordered(as: head.classes) ?? known, temperature: head.temperature,
                classwiseCalibrationError: head.classwise)
        } catch { throw error.at(path) }
    }
}

/// The columns of a table under way.
private struct Columns {
    private(set) var heading: [String]?
    private(set) var classes = ClassVocabulary()
    private(set) var targets: [Int32] = []
    private(set) var predicted: [Int32] = []
    private(set) var scores: [Float]?
    private(set) var further: [Int32] = []
    private(set) var furtherScores: [Float]?
    private(set) var images: [String]?
    private(set) var groups: [String]?

    private var isOwn = false
    private var (truth, guess): (Int, Int) = (0, 0)
    private var (score, image, group): (Int?, Int?, Int?) = (nil, nil, nil)
    private var ranks: [(label: Int, score: Int?)] = []

    /// Finds the columns by the heading.
    mutating func settle(
        _ fields: [String], _ line: Int, _ records: CSVRecords, isOwn: Bool
    ) throws(LongTailError) {
        let names = fields.map(\.trimmingBlanks)
        guard let truth = PredictionColumn.truth.place(in: names),
            let guess = PredictionColumn.predicted.place(in: names)
        else {
            let found = names.prefix(12).map { "'\(excerpt($0))'" }.joined(separator: ", ")
            throw records.problem(
                line,
                "the columns are \(found)\(names.count > 12 ? ", …" : ""); a true and a predicted class are looked for",
                remedy: "Name them in the first line: true,predicted, and score, image and group where there are such.")
        }
        (heading, self.isOwn, self.truth, self.guess) = (names, isOwn, truth, guess)
        score = PredictionColumn.score.place(in: names)
        image = PredictionColumn.image.place(in: names)
        group = PredictionColumn.group.place(in: names)
        scores = score == nil ? nil : []
        images = image == nil ? nil : []
        groups = group == nil ? nil : []
        guard isOwn else { return }
        for rank in 2...TopClasses.limit {
            guard let label = names.firstIndex(of: "class\(rank)") else { break }
            ranks.append((label, names.firstIndex(of: "score\(rank)")))
        }
        furtherScores = ranks.isEmpty || ranks.contains { $0.score == nil } ? nil : []
    }

    /// Takes a row.
    mutating func take(_ fields: [String], _ line: Int, _ records: CSVRecords) throws(LongTailError) {
        guard fields.count == heading?.count else {
            throw records.problem(
                line, "\(fields.count) \(fields.count == 1 ? "field" : "fields"), but \(heading?.count ?? 0) columns",
                remedy: "Every row has a field a column; quote a field that holds a comma or a line end.")
        }
        targets.append(try label(truth, fields, line, records))
        predicted.append(try label(guess, fields, line, records))
        if let score {
            let number = try number(score, fields, line, records)
            scores?.append(number)
        }
        for rank in ranks {
            further.append(try label(rank.label, fields, line, records))
            guard let score = rank.score, furtherScores != nil else { continue }
            let number = try number(score, fields, line, records)
            furtherScores?.append(number)
        }
        let texts = (image.map { text(fields[$0]) }, group.map { text(fields[$0]) })
        if let image = texts.0 { images?.append(image) }
        if let group = texts.1 { groups?.append(group) }
    }

    private func text(_ field: String) -> String {
        isOwn ? SpreadsheetCell.unmarked(field) : field.trimmingBlanks
    }

    private mutating func label(
        _ column: Int, _ fields: [String], _ line: Int, _ records: CSVRecords
    ) throws(LongTailError) -> Int32 {
        let text = text(fields[column])
        if !isOwn, text.isEmpty || ["nan", "<na>", "null", "none"].contains(text.lowercased()) {
            throw records.problem(
                line, "the column '\(excerpt(heading?[column] ?? ""))' names no class",
                remedy: "Leave out images whose class is not known.")
        }
        return try classes.number(text, line: line)
    }

    private func number(
        _ column: Int, _ fields: [String], _ line: Int, _ records: CSVRecords
    ) throws(LongTailError) -> Float {
        let text = fields[column].trimmingBlanks
        guard let score = Float(text), score.isFinite else {
            throw records.problem(
                line, "'\(excerpt(text))' in the column '\(excerpt(heading?[column] ?? ""))' is no score",
                remedy: "Scores are numbers; leave the column out where some are not known.")
        }
        return score
    }
}

extension ClassCounts {
    /// The counts in the order of a file's classes.
    fileprivate func ordered(as names: [String]) throws(LongTailError) -> ClassCounts {
        if names == self.names { return self }
        let known = Dictionary(zip(self.names, counts), uniquingKeysWith: { first, _ in first })
        guard names.count == classCount else {
            throw LongTailError(
                .data, "it has \(names.count) classes, the counts have \(classCount)",
                remedy: "Are these the counts of the same data set?")
        }
        var ordered: [Int] = []
        for name in names {
            guard let count = known[name] else {
                throw LongTailError(
                    .data, "its class '\(excerpt(name))' is not among the \(classCount) of the counts",
                    remedy: "Are these the counts of the same data set?")
            }
            ordered.append(count)
        }
        return try ClassCounts(names: names, counts: ordered)
    }
}
