import Foundation
import LongTailBasics
import OrderedCollections

/// Reads the header's JSON, and only the JSON that a header may have.
///
/// Not Foundation's reader, because that one keeps neither the order of keys nor a trace of duplicates, and takes
/// `1.0` for an integer.
struct SafeTensorsScanner {
    private let bytes: [UInt8]
    private let path: String
    private var position = 0

    /// Reads a header from its bytes, padding included.
    static func header(_ bytes: Data, path: String) throws(LongTailError) -> SafeTensorsHeader {
        var scanner = SafeTensorsScanner(bytes: Array(bytes), path: path)
        return try scanner.header()
    }

    private init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

    private mutating func header() throws(LongTailError) -> SafeTensorsHeader {
        var header = SafeTensorsHeader()
        var hasMetadata = false
        guard bytes.first == UInt8(ascii: "{") else { throw failure("does not start with {") }
        position = 1
        var first = true
        while let name = try key(&first) {
            if name == "__metadata__" {
                guard !hasMetadata else { throw failure("has __metadata__ twice") }
                hasMetadata = true
                header.metadata = try metadata()
            } else {
                guard header.entries.count < SafeTensorsHeader.limit.tensors else {
                    throw failure("names more than \(SafeTensorsHeader.limit.tensors) tensors, as no network does")
                }
                guard header.entries[name] == nil else { throw failure("names \(excerpt(name)) twice") }
                header.entries[name] = try entry(name)
            }
        }
        skipSpace()
        guard position == bytes.count else { throw failure("goes on after its last }") }
        return header
    }

    private mutating func metadata() throws(LongTailError) -> [String: String] {
        var values: [String: String] = [:]
        try expect("{")
        var first = true
        while let name = try key(&first) {
            guard values.updateValue(try string(), forKey: name) == nil else {
                throw failure("has the metadata \(excerpt(name)) twice")
            }
        }
        return values
    }

    private mutating func entry(_ name: String) throws(LongTailError) -> SafeTensorsHeader.Entry {
        let tensor = "tensor \(excerpt(name))"
        var (dtype, shape, offsets): (DType?, [Int]?, [Int]?) = (nil, nil, nil)
        try expect("{")
        var first = true
        while let field = try key(&first) {
            switch field {
            case "dtype" where dtype == nil:
                let word = try string()
                dtype = DType(rawValue: word)
                guard dtype != nil else {
                    throw LongTailError(
                        .checkpoint, "\(path): \(tensor): unknown type \(excerpt(word))",
                        remedy: "Known are \(DType.allCases.map(\.rawValue).joined(separator: ", ")): convert it first."
                    )
                }
            case "shape" where shape == nil: shape = try integers(limit: HostTensor.dimensionLimit)
            case "data_offsets" where offsets == nil: offsets = try integers(limit: 2)
            default: throw failure("\(tensor): has the field \(excerpt(field)), which is unknown or there twice")
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw failure("\(tensor): lacks dtype, shape or two data_offsets")
        }
        guard let size = HostTensor.byteCount(shape, dtype) else {
            throw failure("\(tensor): shape \(shape) overflows")
        }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == size else {
            throw failure("\(tensor): \(dtype.rawValue) \(shape) takes \(size) bytes, data_offsets say \(offsets)")
        }
        return .init(dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
    }

    /// The next key of an object, past its colon, or nil at the object's end.
    private mutating func key(_ first: inout Bool) throws(LongTailError) -> String? {
        if take("}") { return nil }
        if !first { try expect(",") }
        first = false
        let name = try string(limit: SafeTensorsHeader.limit.nameBytes)
        try expect(":")
        return name
    }

    private mutating func integers(limit: Int) throws(LongTailError) -> [Int] {
        var values: [Int] = []
        try expect("[")
        while !take("]") {
            if !values.isEmpty { try expect(",") }
            guard values.count < limit else { throw failure("has a list of more than \(limit) numbers") }
            values.append(try integer())
        }
        return values
    }

    private mutating func integer() throws(LongTailError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, let digit = Self.digit(bytes[position]) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = tens.addingReportingOverflow(digit)
            guard !overflow, !more else { throw failure("has a number beyond 2^63") }
            (value, position) = (sum, position + 1)
        }
        let isWhole = position == bytes.count || ![".", "e", "E"].contains(UnicodeScalar(bytes[position]))
        guard position > start, isWhole, bytes[start] != UInt8(ascii: "0") || position == start + 1 else {
            throw failure("needs a whole number that is not negative")
        }
        return value
    }

    private mutating func string(limit: Int = .max) throws(LongTailError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while position < bytes.count {
            guard text.count <= limit else { throw failure("has a name of more than \(limit) bytes") }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("has text that is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text += try escape().utf8
            case 0..<0x20: throw failure("has a control character inside a text")
            default: text.append(byte)
            }
        }
        throw failure("ends inside a text")
    }

    private mutating func escape() throws(LongTailError) -> String {
        guard position < bytes.count else { throw failure("ends inside a text") }
        let letter = UnicodeScalar(bytes[position])
        position += 1
        switch letter {
        case "\"", "\\", "/": return String(letter)
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            var units = [try codeUnit()]
            if UTF16.isLeadSurrogate(units[0]), position + 1 < bytes.count,
                bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                units.append(try codeUnit())
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw failure("has half a surrogate pair")
            }
            return text
        default: throw failure("has an unknown escape")
        }
    }

    private mutating func codeUnit() throws(LongTailError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("ends inside a text") }
        var unit: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw failure("has an unknown escape")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ mark: UnicodeScalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ mark: UnicodeScalar) throws(LongTailError) {
        guard take(mark) else { throw failure("needs a \(mark) here") }
    }

    private func failure(_ what: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(path): the header (byte \(position + 8)) \(what)", remedy: SafeTensorsHeader.rewrite)
    }
}
