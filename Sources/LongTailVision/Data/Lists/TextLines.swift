import Foundation
import LongTailBasics
import LongTailSerialization

/// The lines of a text file, as bytes, with their numbers: what list files and tables are read from.
///
/// UTF-8 with or without a byte order mark, lines ended by LF or CR LF. Blank lines are passed over and counted.
struct TextLines {
    /// The file, for messages.
    let path: String
    /// The whole file.
    let bytes: [UInt8]

    /// One line.
    struct Line {
        /// What stands in it, without its end.
        let bytes: UnsafeBufferPointer<UInt8>
        /// Its number, from 1.
        let number: Int
        /// Where in the file it begins.
        let start: Int
    }

    /// The largest file that is read; iNaturalist 2018's list has 29 MB.
    static let sizeLimit = 1 << 30

    /// Reads a file whole.
    ///
    /// - Throws: A file failure when it cannot be read; a data failure when it is too large or not text in UTF-8.
    init(_ path: String) throws(LongTailError) {
        self.path = path
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
        bytes = try file.all()
        if let format = ImageCodec.format(of: bytes.prefix(12)) {
            throw LongTailError(
                .data, "\(path) is a \(format.name) picture, not a text file",
                remedy: "Check its name and the folder.")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw LongTailError(.data, "\(path) is text in UTF-16", remedy: "Save it as UTF-8.")
        }
    }

    /// Calls `body` with every line that is not blank.
    func forEach(_ body: (Line) throws(LongTailError) -> Void) throws(LongTailError) {
        var failure: LongTailError?
        bytes.withUnsafeBufferPointer { bytes in
            do throws(LongTailError) { try walk(bytes, body) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func walk(
        _ bytes: UnsafeBufferPointer<UInt8>, _ body: (Line) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        var (start, number) = (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, 0)
        while start < bytes.count {
            number += 1
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            var last = end
            if last > start, bytes[last - 1] == 0x0D { last -= 1 }
            let line = UnsafeBufferPointer(rebasing: bytes[start..<last])
            if line.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                try check(line, number)
                try body(Line(bytes: line, number: number, start: start))
            }
            start = end + 1
        }
    }

    /// Refuses what is not text: control characters (a lone CR among them) and broken UTF-8.
    private func check(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws(LongTailError) {
        var isASCII = true
        for byte in line {
            if byte >= 0x80 { isASCII = false }
            guard byte >= 0x20 || byte == 0x09 else {
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
    func problem(_ line: Int, _ text: String, remedy: String? = nil) -> LongTailError {
        LongTailError(.data, "\(path):\(line): \(text)", remedy: remedy)
    }
}
