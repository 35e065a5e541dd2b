import Foundation
import LongTail

/// Writes a text and an end of line to standard output: the command's only way to print.
///
/// Where nobody reads any more (`longtail … | head`) the process ends quietly, with the shell's status for a closed pipe.
///
/// - Throws: `.file` when it cannot be written: nothing was said, and the status must tell.
func show(_ text: String = "", terminator: String = "\n") throws(LongTailError) {
    switch Console.show(text + terminator) {
    case 0: return
    case EPIPE: Foundation.exit(128 + SIGPIPE)
    case let number:
        throw LongTailError(
            .file, "cannot write to standard output: \(String(cString: strerror(number)))",
            remedy: number == ENOSPC ? "Free some space where the output goes, and ask again." : "Ask again.")
    }
}

/// Shows a value as JSON on standard output.
func showJSON(_ value: some Encodable) throws(LongTailError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data: Data
    do { data = try encoder.encode(value) } catch {
        throw LongTailError(.file, "cannot write the result as JSON: \(error)")
    }
    try show(String(decoding: data, as: UTF8.self))
}
