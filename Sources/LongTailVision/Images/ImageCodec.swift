import CLongTailCodecs
import Foundation
import LongTailBasics

/// Pictures by content: JPEG, PNG and WebP through libjpeg-turbo, libpng and libwebp; HEIC, AVIF and TIFF through libheif
/// and libtiff where the machine has them.
public enum ImageCodec {
    /// A picture is not made larger than this.
    public static let pixelLimit = 64_000_000

    /// The kind of picture that `bytes` (12 of them are enough) begin like; nil when it is none that is read here.
    public static func format(of bytes: some Collection<UInt8>) -> ImageKind? {
        ImageKind(firstBytes: bytes).flatMap { $0.isDecodable ? $0 : nil }
    }

    /// Reads and decodes a file; see `EncodedImage`.
    public static func decode(path: String, reading: ImageReading = ImageReading()) throws(LongTailError) -> PixelImage
    {
        try EncodedImage(path: path, reading: reading).decoded()
    }

    /// Decodes a file's bytes to RGB; see `EncodedImage`.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What to call it in a message.
    ///   - reading: What becomes of its orientation, and how large it may be.
    public static func decode(
        _ bytes: [UInt8], name: String, reading: ImageReading = ImageReading()
    ) throws(LongTailError) -> PixelImage {
        try EncodedImage(bytes, name: name, reading: reading).decoded()
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
        guard done == 1, let bytes else { throw LongTailError(.data, "cannot encode a PNG: \(message.words)") }
        return Data(bytes: bytes, count: size)
    }

    /// The linked codecs and their versions, for `longtail doctor`; `OptionalLibrary` has the others.
    public static var versions: [String] {
        let webp = longtail_webp_version()
        return [
            String(cString: longtail_jpeg_version()), "libpng \(String(cString: longtail_png_version()))",
            "libwebp \(webp >> 16).\(webp >> 8 & 255).\(webp & 255)",
        ]
    }

    /// What reads a header, and what decodes all of a picture as it is stored; a JPEG is decoded in parts.
    typealias Functions = (
        header:
            @convention(c) (
                UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<longtail_header>?,
                UnsafeMutablePointer<longtail_message>?
            ) -> Int32,
        decode:
            (
                @convention(c) (
                    UnsafePointer<UInt8>?, Int, longtail_header, UnsafeMutablePointer<UInt8>?,
                    UnsafeMutablePointer<longtail_message>?
                ) -> Int32
            )?
    )

    /// The functions of a kind; nil when pictures of it are not read here.
    static func functions(of kind: ImageKind) -> Functions? {
        switch kind {
        case .jpeg: (longtail_jpeg_header, nil)
        case .png: (longtail_png_header, longtail_decode_png)
        case .webp: (longtail_webp_header, longtail_decode_webp)
        case .heic, .avif: kind.isDecodable ? (longtail_heif_header, longtail_decode_heif) : nil
        case .tiff: kind.isDecodable ? (longtail_tiff_header, longtail_decode_tiff) : nil
        default: nil
        }
    }
}
