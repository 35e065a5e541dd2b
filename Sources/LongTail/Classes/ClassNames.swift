import Basics
import Foundation

/// The names of classes in a text file, one a line, in label order.
public enum ClassNames {
    /// Reads a file; blanks around a name, and an empty last line, do not count.
    ///
    /// - Throws: `.data` for an empty line and for a name that stands twice, `.file` when it cannot be read.
    public static func read(_ path: String) throws(Failure) -> [String] {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Failure(
                .file, "\(path): cannot be read as text", remedy: "Check that it exists and is a text file in UTF-8.")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        if let empty = lines.firstIndex(of: "") {
            throw Failure(.data, "\(path):\(empty + 1): is empty", remedy: "Give each class a line with its name.")
        }
        do throws(Failure) { try checkClassNames(lines) } catch { throw error.at(path) }
        return lines
    }
}
