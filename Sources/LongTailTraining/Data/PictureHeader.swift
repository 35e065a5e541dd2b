import LongTailBasics
import LongTailSerialization
import LongTailVision

/// Whether a file is a whole picture, as far as a few of its bytes tell.
enum PictureHeader {
    /// Bytes that are read from each end of a large file.
    private static let part = 64 << 10

    /// Reads the header and looks for the picture's end.
    ///
    /// A large file is read whole only where its ends do not suffice, as with a header of more than 64 KiB, and decoded
    /// only where its end seems to be missing.
    ///
    /// - Throws: As `EncodedImage`, and as its decoding.
    static func check(_ path: String, _ reading: ImageReading = ImageReading()) throws(LongTailError) {
        if let (bytes, size) = try? ends(path), [.jpeg, .png, .webp].contains(ImageKind(firstBytes: bytes)),
            let picture = try? EncodedImage(bytes, name: path, reading: reading), !seemsCut(picture, size)
        {
            return
        }
        let picture = try EncodedImage(path: path, reading: reading)
        if seemsCut(picture, picture.bytes.count) { _ = try picture.decoded() }
    }

    /// Both ends of a file, or all of a small one, and its size.
    private static func ends(_ path: String) throws(LongTailError) -> (bytes: [UInt8], size: Int) {
        let file = try FileBytes(path: path)
        guard file.size > 4 * part else { return (try file.all(), file.size) }
        let tail = try file.read(at: file.size - part, count: part)
        return (try Array(file.read(at: 0, count: part)) + tail, file.size)
    }

    /// Whether a PNG has no IEND, or a WebP is shorter than it says; a JPEG's end is looked for with its header.
    private static func seemsCut(_ picture: EncodedImage, _ size: Int) -> Bool {
        if picture.kind == .png { return picture.bytes.suffix(part).firstRange(of: Array("IEND".utf8)) == nil }
        guard picture.kind == .webp, picture.bytes.count >= 8 else { return false }
        let length = picture.bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return length + 8 > size
    }
}
