import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// Reads JSON piece by piece, in one pass over the file's bytes and without a tree of its values.
///
/// Annotations of half a million pictures have 100 MB and more, of which a few fields are wanted. What is passed over is
/// checked no further than its brackets and quotes.
package struct JSONScanner {
    private let bytes: [UInt8]
    private let path: String
    private var position = 0

    /// Brackets inside one another; COCO has five.
    private static let depthLimit = 512

    /// Reads a file.
    ///
    /// - Throws: A file failure when it cannot be read; a data failure when it is larger than any list.
    init(_ path: String) throws(LongTailError) {
        let file = try FileBytes(path: path)
        guard file.size <= TextLines.sizeLimit else {
            throw LongTailError(
                .data, "\(path) has \(file.size) bytes, more than any list", remedy: "Name a list of pictures.")
        }
        (bytes, self.path) = (try file.all(), path)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// Whether a file begins like JSON; false for one that cannot be read.
    package static func begins(_ path: String) -> Bool {
        guard let file = try? FileBytes(path: path),
            let start = try? file.read(at: 0, count: min(file.size, 4096))
        else { return false }
        return TextFormat.isJSON(start)
    }

    /// The first byte of the next value; nil at the end.
    mutating func next() -> UInt8? {
        skipSpace()
        return position < bytes.count ? bytes[position] : nil
    }

    /// The next key of an object, past its colon, or nil past the object's end; `isFirst` begins as true.
    mutating func key(_ isFirst: inout Bool) throws(LongTailError) -> String? {
        if isFirst { try expect("{") }
        if take("}") { return nil }
        if !isFirst { try expect(",") }
        isFirst = false
        let name = try string()
        try expect(":")
        return name
    }

    /// Whether a list has another entry; `isFirst` begins as true.
    mutating func hasEntry(_ isFirst: inout Bool) throws(LongTailError) -> Bool {
        if isFirst { try expect("[") }
        if take("]") { return false }
        if !isFirst { try expect(",") }
        isFirst = false
        return true
    }

    /// A text.
    mutating func string() throws(LongTailError) -> String {
        try expect("\"")
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
            guard bytes[position] >= 0x20 else { throw problem("a control character inside a text") }
            position += 1
        }
        guard position < bytes.count else { throw problem("the file ends inside a text") }
        guard bytes[position] == UInt8(ascii: "\\") else {
            defer { position += 1 }
            guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
                throw problem("a text that is not UTF-8")
            }
            return text
        }
        return try escaped(from: start)
    }

    /// A text or a number, as text: what ids are.
    mutating func word() throws(LongTailError) -> String {
        if next() == UInt8(ascii: "\"") { return try string() }
        let start = position
        while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
        guard position > start else { throw problem("a number or a text is missing") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A number; nil for another value, which is passed over.
    mutating func number() throws(LongTailError) -> Double? {
        guard let first = next(), first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
            try skip()
            return nil
        }
        return Double(try word())
    }

    /// Numbers of a list of at most eight; nil for another value, which is passed over.
    mutating func numbers() throws(LongTailError) -> [Double]? {
        guard next() == UInt8(ascii: "[") else {
            try skip()
            return nil
        }
        var (isFirst, values) = (true, [Double?]())
        while try hasEntry(&isFirst) {
            guard values.count < 8 else { throw problem("a box of more than eight numbers") }
            values.append(try number())
        }
        let whole = values.compactMap { $0 }
        return whole.count == values.count ? whole : nil
    }

    /// Passes over a value, whatever it is.
    mutating func skip() throws(LongTailError) {
        var open: [UInt8] = []
        repeat {
            guard let byte = next() else { throw problem("the file ends inside a value") }
            switch byte {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < Self.depthLimit else {
                    throw problem("more than \(Self.depthLimit) brackets inside one another")
                }
                open.append(byte + 2)  // the closing one, in ASCII
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == byte else { throw problem("a bracket that closes none") }
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard !open.isEmpty else { throw problem("a value is missing") }
                position += 1
            default:
                guard Self.isWord(byte) else { throw problem("a character that belongs to no value") }
                while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
            }
        } while !open.isEmpty
    }

    /// Refuses what follows the outermost value.
    mutating func end() throws(LongTailError) {
        guard let byte = next() else { return }
        throw problem(
            byte == UInt8(ascii: "{")
                ? "a second object: JSON Lines, one object a line" : "text after the end of the JSON")
    }

    /// A failure at the place that was reached.
    func problem(_ text: String, remedy: String = "Expected is one JSON object in the layout of COCO.") -> LongTailError
    {
        let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }
        return LongTailError(.data, "\(path):\(line): \(text) (byte \(position))", remedy: remedy)
    }

    // MARK: Pieces

    private mutating func escaped(from start: Int) throws(LongTailError) -> String {
        position = start
        try skipPast()
        let literal = Data([0x5B, 0x22] + bytes[start..<position] + [0x5D])
        // Foundation knows the escapes; what it is given is one text in a list, which nests nothing.
        guard let text = try? JSONDecoder().decode([String].self, from: literal).first else {
            throw problem("a text with an escape that JSON does not have")
        }
        return text
    }

    private mutating func skipString() throws(LongTailError) {
        position += 1
        try skipPast()
    }

    /// Goes past the quote that ends a text.
    private mutating func skipPast() throws(LongTailError) {
        while position < bytes.count {
            let byte = bytes[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        position = bytes.count
        throw problem("the file ends inside a text")
    }

    /// Whether a byte may stand in a number or one of true, false, null, NaN.
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ mark: UnicodeScalar) -> Bool {
        guard next() == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ mark: UnicodeScalar) throws(LongTailError) {
        guard take(mark) else {
            throw problem(position < bytes.count ? "'\(mark)' is missing" : "the file ends where '\(mark)' is missing")
        }
    }
}
