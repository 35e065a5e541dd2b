import Foundation
import LongTailBasics
import LongTailSerialization

/// The lines of a text file, as bytes, with their numbers: what list files and tables are read from.
///
/// UTF-8 with or without a byte order mark, lines ended by LF or CR LF. Blank lines are passed over and counted.
package struct TextLines {
    /// The file, for messages.
    package let path: String
    /// The whole file.
    package let bytes: [UInt8]

    /// One line, or several that a quoted field joins.
    package struct Line {
        /// What stands in it, without its end.
        package let bytes: UnsafeBufferPointer<UInt8>
        /// Its number, from 1.
        package let number: Int
        /// Where in the file it begins.
        package let start: Int
    }

    /// The largest file that is read; iNaturalist 2018's list has 29 MB.
    package static let sizeLimit = 1 << 30

    /// What a file is when it is not text, and what to do with it then (`TextFormat.foreign`).
    package typealias Foreign = (_ bytes: [UInt8]) -> (what: String, remedy: String)?

    /// Reads a file whole.
    ///
    /// - Throws: A file failure when it cannot be read; a data failure when it is too large or not text in UTF-8.
    package init(_ path: String, foreign: Foreign) throws(LongTailError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw LongTailError(
                .file, isFolder.boolValue ? "\(path) is a folder, not a text file" : "\(path): there is no such file",
                remedy: "Check its name and the folder.")
        }
        let file = try FileBytes(path: path)
        guard file.size <= Self.sizeLimit else {
            throw LongTailError(
                .data, "\(path) has \(file.size) bytes, more than any list",
                remedy: "Name a list of pictures or of names.")
        }
        try self.init(try file.all(), of: path, foreign: foreign)
    }

    /// Takes what was in a file, unpacked perhaps.
    ///
    /// - Throws: A data failure when it is not text.
    package init(_ bytes: [UInt8], of path: String, foreign: Foreign) throws(LongTailError) {
        (self.path, self.bytes) = (path, bytes)
        if let (what, remedy) = foreign(bytes) { throw LongTailError(.data, "\(path) is \(what)", remedy: remedy) }
    }

    /// A place between two lines.
    package struct Place {
        /// Where the next line begins.
        package var offset: Int
        /// How many lines are before it.
        package var line: Int
    }

    /// Before the first line, behind a byte order mark.
    package var beginning: Place { Place(offset: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, line: 0) }

    /// Calls `body` with every line that is not blank.
    ///
    /// - Parameters:
    ///   - place: Where to begin; nil for the first line.
    ///   - joiningQuotes: Whether a line goes on where a quote is open, and may then hold any text between quotes.
    ///   - body: Hears a line, in whose bytes it may look during the call.
    package func forEach(
        from place: Place? = nil, joiningQuotes: Bool = false, _ body: (Line) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        var failure: LongTailError?
        bytes.withUnsafeBufferPointer { bytes in
            do throws(LongTailError) { try walk(bytes, place ?? beginning, joiningQuotes, body) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func walk(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Place, _ joins: Bool,
        _ body: (Line) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        var (start, number) = (place.offset, place.line)
        while start < bytes.count {
            number += 1
            let first = number
            var (end, isQuoted) = (start, false)
            while end < bytes.count, isQuoted || bytes[end] != 0x0A {
                if joins, bytes[end] == 0x22 { isQuoted.toggle() }
                if bytes[end] == 0x0A { number += 1 }
                end += 1
            }
            var last = end
            if last > start, bytes[last - 1] == 0x0D { last -= 1 }
            let line = UnsafeBufferPointer(rebasing: bytes[start..<last])
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                try check(line, first, joins)
                try body(Line(bytes: line, number: first, start: start))
            }
            start = end + 1
        }
    }

    /// Refuses what is not text: control characters (a lone CR among them) outside quotes that may hold them, and broken UTF-8.
    private func check(_ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ joins: Bool) throws(LongTailError) {
        var (isASCII, isQuoted) = (true, false)
        for byte in line {
            if byte >= 0x80 { isASCII = false }
            if joins, byte == 0x22 { isQuoted.toggle() }
            guard byte >= 0x20 || byte == 0x09 || isQuoted else {
                throw problem(
                    number, byte == 0x0D ? "a carriage return inside the line" : "a control character (\(byte))",
                    remedy: "Expected is a text file.")
            }
        }
        guard isASCII || String(validating: line, as: UTF8.self) != nil else {
            throw problem(number, "not UTF-8", remedy: "Save it as UTF-8; rename pictures whose names are not.")
        }
    }

    /// A failure at a line.
    package func problem(_ line: Int, _ text: String, remedy: String? = nil) -> LongTailError {
        LongTailError(.data, "\(path):\(line): \(text)", remedy: remedy)
    }
}
