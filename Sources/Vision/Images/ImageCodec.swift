import Basics
import CCodecs
import Foundation

/// JPEG and PNG, recognised by content, through libjpeg-turbo and libpng.
public enum ImageCodec {
    /// A picture with more pixels than this is refused.
    public static let pixelLimit = 64_000_000

    /// What a file's first bytes say it is.
    public enum Format: String, Sendable {
        /// JPEG.
        case jpeg = "JPEG"
        /// PNG.
        case png = "PNG"
    }

    /// The format that `bytes` begin like; nil when it is neither.
    public static func format(of bytes: some Collection<UInt8>) -> Format? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        return nil
    }

    /// Reads and decodes a file; see `decode(_:name:)`.
    public static func decode(path: String) throws(Failure) -> PixelImage {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw Failure(
                .data, "cannot read the picture \(path): \(error.localizedDescription)",
                remedy: "Check that it exists and that you may read it.")
        }
        return try decode(Array(data), name: path)
    }

    /// Decodes a JPEG or a PNG to RGB.
    ///
    /// Grayscale is spread to three planes, CMYK and YCCK are converted as Pillow does, 16 bits are cut to 8, alpha
    /// is dropped, and a JPEG's EXIF orientation is applied.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What to call it in a message.
    /// - Throws: A data failure with the library's words when the picture is damaged, ends early, is neither format,
    ///   or is larger than `pixelLimit`.
    public static func decode(_ bytes: [UInt8], name: String) throws(Failure) -> PixelImage {
        guard let format = format(of: bytes) else {
            throw Failure(
                .data, bytes.isEmpty ? "\(name) is empty" : "\(name) is neither a JPEG nor a PNG",
                remedy: "Convert it to JPEG or PNG, or take it out of the data set.")
        }
        var picture = longtail_picture()
        var message = longtail_message()
        let decoder = format == .jpeg ? longtail_decode_jpeg : longtail_decode_png
        let done = bytes.withUnsafeBufferPointer {
            decoder($0.baseAddress, $0.count, pixelLimit, &picture, &message)
        }
        defer { longtail_free(picture.planes) }
        guard done == 1, let planes = picture.planes else {
            throw Failure(
                .data, "\(name): broken \(format.rawValue): \(text(message))",
                remedy: "Fetch the file again, or take it out of the data set.")
        }
        let count = 3 * picture.width * picture.height
        return PixelImage(
            trusted: Array(UnsafeBufferPointer(start: planes, count: count)), height: picture.height,
            width: picture.width)
    }

    /// Encodes a picture as an 8-bit RGB PNG.
    public static func png(_ image: PixelImage) throws(Failure) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var size = 0
        var message = longtail_message()
        let done = image.bytes.withUnsafeBufferPointer {
            longtail_encode_png($0.baseAddress, image.width, image.height, &bytes, &size, &message)
        }
        defer { longtail_free(bytes) }
        guard done == 1, let bytes else { throw Failure(.data, "cannot encode a PNG: \(text(message))") }
        return Data(bytes: bytes, count: size)
    }

    /// The codecs and their versions, for `longtail doctor`.
    public static var versions: [String] {
        [String(cString: longtail_jpeg_version()), "libpng \(String(cString: longtail_png_version()))"]
    }

    private static func text(_ message: longtail_message) -> String {
        withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
