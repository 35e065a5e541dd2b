import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization

/// The text of prediction files, and of others that tables stand in.
enum PredictionText {
    /// The most bytes that a file is read or unpacked to: 2 million images of five classes each.
    static let sizeLimit = 1 << 29

    /// The records of a table, plain or packed.
    static func records(_ file: FileBytes, _ head: Data) throws(LongTailError) -> CSVRecords {
        guard file.size <= sizeLimit else {
            throw LongTailError(
                .data, "\(file.path) has \(file.size) bytes, more than any table of predictions",
                remedy: "Write a row an image: its true class and its predicted one.")
        }
        let bytes = Gzip.isPacked(head) ? try Gzip.unpacked(file, limit: sizeLimit) : try file.all()
        return try CSVRecords(commented: TextLines(bytes, of: file.path, foreign: foreign))
    }

    private static func foreign(_ bytes: [UInt8]) -> (what: String, remedy: String)? {
        if bytes.starts(with: Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })) {
            return ("a single array of NumPy", "Save the arrays together: np.savez(path, y_true=..., y_pred=...)")
        }
        if bytes.first == 0x80 {
            return (
                "a pickle, which could run anything and is not opened",
                "In Python save the arrays: np.savez(path, y_true=..., y_pred=...)"
            )
        }
        let table = "Save it as CSV in UTF-8 with the columns true and predicted."
        return TextFormat.foreign(bytes, table: table, json: table)
    }

    /// The program's own form.
    static func bytes(of file: PredictionFile) throws(LongTailError) -> [UInt8] {
        let table = file.predictions
        var text = Array(try PredictionHead(file).lines().joined().utf8)
        var columns = ["true", "predicted"]
        if table.images != nil { columns.insert("image", at: 0) }
        if table.confidence != nil { columns.append("score") }
        for rank in 0..<(table.further?.width ?? 0) {
            columns.append("class\(rank + 2)")
            if table.further?.scores != nil { columns.append("score\(rank + 2)") }
        }
        if table.groups != nil { columns.append("group") }
        text += Array("\(columns.joined(separator: ","))\n".utf8)
        let names = table.classNames.map { Array(SpreadsheetCell.text($0).utf8) }
        let comma = UInt8(ascii: ",")
        for row in table.targets.indices {
            if let images = table.images { text += Array(SpreadsheetCell.text(images[row]).utf8) + [comma] }
            text += names[Int(table.targets[row])]
            text.append(comma)
            text += names[Int(table.predicted[row])]
            if let scores = table.confidence { text += Array(",\(scores[row])".utf8) }
            if let further = table.further {
                for place in row * further.width..<(row + 1) * further.width {
                    text.append(comma)
                    text += names[Int(further.labels[place])]
                    // A zero without a sign: no cell begins with one.
                    if let scores = further.scores { text += Array(",\(scores[place] == 0 ? 0 : scores[place])".utf8) }
                }
            }
            if let groups = table.groups { text += Array(",\(SpreadsheetCell.text(groups[row]))".utf8) }
            text.append(UInt8(ascii: "\n"))
        }
        return text
    }
}
