import Foundation
import LongTailBasics
import LongTailFiles

/// What stands before the numbers of an array of NumPy (versions 1.0 to 3.0 of its format).
///
/// The header is a literal of a Python dictionary, of which only the form that NumPy writes is read.
struct NumpyHeader {
    /// What the numbers are.
    let type: NumpyType
    /// The lengths of the dimensions.
    let shape: [Int]

    /// The longest header that is read; NumPy's own limit has 10,000 bytes.
    private static let limit = 1 << 16

    /// Bytes of the numbers.
    var byteCount: Int { shape.reduce(type.size, *) }

    /// Reads the header of an entry, which its numbers must follow to the last byte.
    init(_ entry: ZipArchive.Entry) throws(LongTailError) {
        guard entry.size >= 10 else { throw Self.damaged("is too short") }
        let start = try entry.next(10)
        guard start.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), (1...3).contains(start[6]) else {
            throw Self.damaged("does not begin as one of version 1 to 3 does")
        }
        var (length, before) = (Int(start[8]) | Int(start[9]) << 8, 10)
        if start[6] > 1, entry.size >= 12 {
            let rest = try entry.next(2)
            (length, before) = (length | Int(rest[0]) << 16 | Int(rest[1]) << 24, 12)
        }
        guard length <= Self.limit, before + length <= entry.size else { throw Self.damaged("has a header too long") }
        let text = String(decoding: try entry.next(length), as: UTF8.self)
        var literal = PythonLiteral(text)
        guard let fields = literal.dictionary(), fields["descr"] != nil, let order = fields["fortran_order"],
            case .numbers(let shape)? = fields["shape"]
        else { throw Self.damaged("has the header \(excerpt(text))") }
        guard case .text(let word)? = fields["descr"] else {
            throw LongTailError(
                .data, "is an array of records", remedy: "Save each column as an array of its own.")
        }
        type = try NumpyType(word)
        guard order == .truth(false) || shape.count < 2 else {
            throw LongTailError(
                .data, "is in the order of Fortran", remedy: "Save np.ascontiguousarray(array).")
        }
        var bytes = type.size
        for length in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
            guard !overflow else { throw Self.damaged("has the impossible shape \(shape)") }
            bytes = product
        }
        guard bytes == entry.size - before - length else {
            throw Self.damaged("has \(entry.size - before - length) bytes, its shape \(shape) needs \(bytes)")
        }
        self.shape = shape
    }

    private static func damaged(_ what: String) -> LongTailError {
        LongTailError(.data, "is no array of NumPy: it \(what)", remedy: "The file is damaged: write it again.")
    }
}

/// The numbers of an array of NumPy: whole ones of 8 to 64 bits, floating point of 16 to 64, in the order of little endian.
struct NumpyType {
    enum Kind: Character { case signed = "i", unsigned = "u", float = "f" }

    let kind: Kind
    /// Bytes of a number.
    let size: Int
    /// As NumPy calls it.
    let text: String

    /// From a description such as `<f4`.
    init(_ text: String) throws(LongTailError) {
        let parts = Array(text)
        self.text = excerpt(text)
        if parts.dropFirst().first == "O" || text == "O" {
            throw LongTailError(
                .data, "is an array of Python objects, which is a pickle: it could run anything and is not opened",
                remedy: "Save numbers: np.asarray(values, dtype='int64')")
        }
        let sizes: [Kind: [Int]] = [.signed: [1, 2, 4, 8], .unsigned: [1, 2, 4, 8], .float: [2, 4, 8]]
        guard parts.count == 3, let kind = Kind(rawValue: parts[1]), let size = parts[2].wholeNumberValue,
            sizes[kind]?.contains(size) == true, "<|=>".contains(parts[0])
        else {
            throw LongTailError(
                .data, "is of the type \(excerpt(text))",
                remedy: "Read are whole numbers and floating point: .astype('int64'), .astype('float32')")
        }
        guard parts[0] != ">" || size == 1 else {
            throw LongTailError(
                .data, "is in the order of big endian", remedy: "Save array.astype(array.dtype.newbyteorder('<')).")
        }
        (self.kind, self.size) = (kind, size)
    }

    /// Number `index` as a whole number; nil beyond 2^63.
    func integer(_ bytes: Data, _ index: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            let place = index * size
            return switch (kind, size) {
            case (.signed, 1): Int(bytes.loadUnaligned(fromByteOffset: place, as: Int8.self))
            case (.signed, 2): Int(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int16.self)))
            case (.signed, 4): Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self)))
            case (.signed, 8):
                Int(exactly: Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self)))
            case (.unsigned, 1): Int(bytes[place])
            case (.unsigned, 2): Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
            case (.unsigned, 4):
                Int(exactly: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            default: Int(exactly: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            }
        }
    }

    /// Number `index` of an array of floating point, rounded to 32 bits.
    func float(_ bytes: Data, _ index: Int) -> Float {
        bytes.withUnsafeBytes { bytes in
            let place = index * size
            return switch size {
            case 2:
                Float(
                    Float16(
                        bitPattern: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))))
            case 4:
                Float(
                    bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            default:
                Float(
                    Double(
                        bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))))
            }
        }
    }
}
