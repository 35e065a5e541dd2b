import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance

/// The lines before the table of the program's own files: `# key: JSON`, behind a first line that says what it is.
struct PredictionHead {
    private static let sign = "# longtail predictions "
    private static let version = 1

    private(set) var model: String?
    private(set) var classes: [String] = []
    private(set) var training: [Int]?
    private(set) var temperature: Double?
    private(set) var classwise: Double?

    init(_ file: PredictionFile) {
        (model, classes, training) = (file.model, file.predictions.classNames, file.counts?.counts)
        (temperature, classwise) = (file.temperature, file.classwiseCalibrationError)
    }

    /// Reads the head of a file; nil for files of other programs.
    ///
    /// Keys that are not known are passed over.
    init?(_ comments: [(text: String, line: Int)], path: String) throws(LongTailError) {
        guard let first = comments.first, first.text.hasPrefix(Self.sign) else { return nil }
        let version = first.text.dropFirst(Self.sign.count).trimmingBlanks
        guard version == "\(Self.version)" else {
            throw LongTailError(
                .data,
                "\(path):\(first.line): predictions of the form \(excerpt(version)); this program reads \(Self.version)",
                remedy: "Read it with the version that wrote it, or a newer one.")
        }
        for (text, line) in comments.dropFirst() {
            guard let colon = text.firstIndex(of: ":") else { continue }
            let key = text[..<colon].dropFirst().trimmingBlanks
            let value = Data(text[text.index(after: colon)...].utf8)
            func read<Value: Decodable>(_ type: Value.Type) throws(LongTailError) -> Value {
                if let found = RunJSON.decode(type, value) { return found }
                throw LongTailError(
                    .data, "\(path):\(line): what stands behind '# \(key):' cannot be read",
                    remedy: "The file was changed or is damaged: write it again.")
            }
            switch key {
            case "model": model = try read(String.self)
            case "classes": classes = try read([String].self)
            case "training": training = try read([Int].self)
            case "temperature": temperature = try read(Double.self)
            case "classwise-ece": classwise = try read(Double.self)
            default: break
            }
        }
        try check(path)
    }

    private func check(_ path: String) throws(LongTailError) {
        var problem: String?
        if classes.isEmpty { problem = "its head names no classes" }
        if classes.count > ClassVocabulary.limit {
            problem = "its head names more than \(ClassVocabulary.limit) classes"
        }
        if let training, !classes.isEmpty, training.count != classes.count {
            problem = "its head has \(classes.count) classes, but training counts of \(training.count)"
        }
        if let temperature, !Temperature.range.contains(temperature) { problem = "its temperature is \(temperature)" }
        if let classwise, !(0...1.01).contains(classwise) { problem = "its classwise-ece is \(classwise)" }
        guard let problem else { return }
        throw LongTailError(
            .data, "\(path): \(problem)", remedy: "The file was changed or is damaged: write it again.")
    }

    /// The lines, each with its end.
    func lines() throws(LongTailError) -> [String] {
        var lines = ["\(Self.sign)\(Self.version)\n"]
        func add(_ key: String, _ value: (some Encodable)?) throws(LongTailError) {
            guard let value else { return }
            // JSON ends with the end of the line.
            let json = String(decoding: try RunJSON.encode(value), as: UTF8.self)
            lines.append("# \(key): \(SpreadsheetCell.json(json))")
        }
        try add("model", model)
        try add("classes", classes)
        try add("training", training)
        try add("temperature", temperature)
        try add("classwise-ece", classwise)
        return lines
    }
}
