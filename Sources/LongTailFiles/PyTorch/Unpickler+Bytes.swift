import Foundation
import LongTailBasics

/// What follows an opcode: numbers, text and bytes, never beyond the end.
extension Unpickler {
    mutating func byte() throws(LongTailError) -> UInt8 {
        guard position < bytes.count else { throw failure("ends too early") }
        position += 1
        return bytes[bytes.startIndex + position - 1]
    }

    mutating func take(_ count: Int) throws(LongTailError) -> Data {
        guard count >= 0, count <= bytes.count - position else { throw failure("ends too early") }
        let start = bytes.startIndex + position
        position += count
        return Data(bytes[start..<start + count])
    }

    /// A little-endian number of at most 8 bytes; beyond 2^63 is more than any file has.
    mutating func unsigned(_ width: Int) throws(LongTailError) -> Int {
        let pattern = try take(width).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard let value = Int(exactly: pattern) else { throw failure("announces more bytes than any file has") }
        return value
    }

    mutating func text(_ count: Int) throws(LongTailError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw failure("text is not UTF-8") }
        return text
    }

    /// A line of at most 1,000 bytes.
    mutating func line() throws(LongTailError) -> String {
        let start = bytes.startIndex + position
        let window = bytes[start..<min(bytes.endIndex, start + 1000)]
        guard let end = window.firstIndex(of: 0x0A) else { throw failure("a name does not end") }
        let line = try text(end - start)
        position += 1
        return line
    }

    static func textOrBytes(_ data: Data) -> PickleCell {
        String(validating: data, as: UTF8.self).map { .string($0) } ?? .bytes(data)
    }

    static func integer(_ data: Data) -> PickleCell {
        guard data.count <= 8 else { return .longInteger(data) }
        guard let last = data.last else { return .int(0) }
        let pattern = data.reversed().reduce(last >= 0x80 ? -1 : 0) { $0 << 8 | Int($1) }
        return .int(pattern)
    }
}
