import CLongTailCodecs
import Foundation
import LongTailBasics

/// JPEG, PNG and WebP, recognised by content, through libjpeg-turbo, libpng and libwebp.
public enum ImageCodec {
    /// A picture with more pixels than this is refused.
    public static let pixelLimit = 64_000_000

    /// What a file's first bytes say it is.
    public enum Format: String, Sendable {
        /// JPEG.
        case jpeg = "JPEG"
        /// PNG.
        case png = "PNG"
        /// WebP, lossy or lossless.
        case webp = "WebP"
    }

    /// The format that `bytes` (12 of them are enough) begin like; nil when it is none of them.
    public static func format(of bytes: some Collection<UInt8>) -> Format? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        return nil
    }

    /// Reads and decodes a file; see `EncodedImage`.
    public static func decode(path: String) throws(LongTailError) -> PixelImage {
        try EncodedImage(path: path).decoded()
    }

    /// Decodes a file's bytes to RGB; see `EncodedImage`.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What to call it in a message.
    public static func decode(_ bytes: [UInt8], name: String) throws(LongTailError) -> PixelImage {
        try EncodedImage(bytes, name: name).decoded()
    }

    /// Encodes a picture as an 8-bit RGB PNG.
    public static func png(_ image: PixelImage) throws(LongTailError) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var size = 0
        var message = longtail_message()
        let done = image.bytes.withUnsafeBufferPointer {
            longtail_encode_png($0.baseAddress, image.width, image.height, &bytes, &size, &message)
        }
        defer { longtail_free(bytes) }
        guard done == 1, let bytes else { throw LongTailError(.data, "cannot encode a PNG: \(text(message))") }
        return Data(bytes: bytes, count: size)
    }

    /// The codecs and their versions, for `longtail doctor`.
    public static var versions: [String] {
        let webp = longtail_webp_version()
        return [
            String(cString: longtail_jpeg_version()), "libpng \(String(cString: longtail_png_version()))",
            "libwebp \(webp >> 16).\(webp >> 8 & 255).\(webp & 255)",
        ]
    }

    static func broken(_ name: String, _ format: Format, _ message: longtail_message) -> LongTailError {
        LongTailError(
            .data, "\(name): broken \(format.rawValue): \(text(message))",
            remedy: "Fetch the file again, or take it out of the data set.")
    }

    private static func text(_ message: longtail_message) -> String {
        withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
