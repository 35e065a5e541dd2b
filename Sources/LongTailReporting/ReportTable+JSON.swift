import Foundation
import LongTailBasics
import LongTailImbalance

extension ReportTable: Encodable {
    private enum Keys: String, CodingKey { case title, columns, rows, notes }

    /// Encodes title, column names, rows and notes.
    ///
    /// Shares stay shares in [0, 1], not percent; a value with an interval is an object of value, lower and upper.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Keys.self)
        try box.encode(title, forKey: .title)
        try box.encode(columns.map(\.name), forKey: .columns)
        try box.encode(fullRows, forKey: .rows)
        try box.encode(notes, forKey: .notes)
    }

    /// The table as JSON with sorted keys.
    public func json() throws(LongTailError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n" } catch {
            throw LongTailError(
                .data, "the table \"\(title)\" cannot be written as JSON: \(error.localizedDescription)")
        }
    }
}

extension Cell: Encodable {
    private struct Estimate: Encodable {
        let value: Double
        let lower: Double
        let upper: Double
    }

    /// Encodes a string, a number, an object with an interval, or null.
    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        switch self {
        case .text(let text): try box.encode(text)
        case .count(let count, let interval?):
            try box.encode(Estimate(value: Double(count), lower: interval.lower, upper: interval.upper))
        case .countChange(let count, let interval?):
            try box.encode(Estimate(value: Double(count), lower: interval.lower, upper: interval.upper))
        case .count(let count, nil), .countChange(let count, nil), .marked(let count): try box.encode(count)
        case .interval(let interval), .changeInterval(let interval): try box.encode(interval)
        case .share(let value, let interval), .change(let value, let interval), .compared(let value, let interval, _):
            if !value.isFinite {
                try box.encodeNil()
            } else if let interval {
                try box.encode(Estimate(value: value, lower: interval.lower, upper: interval.upper))
            } else {
                try box.encode(value)
            }
        case .missing: try box.encodeNil()
        }
    }
}
