import Foundation

/// The only door to standard output and standard error: what goes through it can neither steer a terminal nor end the process.
public enum Console {
    /// Writes a text to standard output.
    ///
    /// - Returns: 0, or the system's number for what went wrong (`ENOSPC`; `EPIPE` when nobody reads any more and SIGPIPE is
    ///   ignored).
    package static func show(_ text: String) -> Int32 { write(printableLines(text), to: STDOUT_FILENO) }

    /// Writes a text to standard error; what cannot be written there is lost, for there is nobody to tell.
    package static func tell(_ text: String) { _ = write(printableLines(text), to: STDERR_FILENO) }

    /// Writes to a terminal what moves its cursor; `text` has gone through `printable`.
    package static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.write(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count > 0 { done += count } else if count == 0 || errno != EINTR { return count == 0 ? EIO : errno }
            }
            return 0
        }
    }
}

/// Text from elsewhere on one line of its own: what a terminal obeys, what turns the order of text around and what cannot be
/// seen is written out, as `\u001B` for ESC.
package func printable(_ text: String) -> String { escaped(text) { _ in false } }

/// The same, with ends of lines and tabs as they are.
///
/// The escapes are JSON's too, so that a JSON text means what it meant.
package func printableLines(_ text: String) -> String { escaped(text) { $0 == "\n" || $0 == "\t" } }

/// `printable`, 200 characters at the most.
package func excerpt(_ text: String) -> String {
    // Before anything is escaped: the text may have a hundred megabytes.
    guard let end = text.index(text.startIndex, offsetBy: 200, limitedBy: text.endIndex), end < text.endIndex else {
        return printable(text)
    }
    return printable(String(text[..<end])) + "…"
}

private func escaped(_ text: String, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: { isObeyed($0) && !isKept($0) }) else { return text }
    return text.unicodeScalars.reduce(into: "") { out, scalar in
        guard isObeyed(scalar), !isKept(scalar) else { return out.unicodeScalars.append(scalar) }
        for unit in scalar.utf16 {
            let digits = String(unit, radix: 16, uppercase: true)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}

/// Controls (ESC and C1 among them), ends of lines, and format characters but for the two joiners, which letters and pictures
/// need, and the soft hyphen.
private func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: ![0x200C, 0x200D, 0xAD].contains(scalar.value)
    default: false
    }
}
