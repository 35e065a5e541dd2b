import CLongTailCodecs
import Foundation
import LongTailBasics
import LongTailSerialization

/// The bytes of a JPEG, PNG or WebP file with its header read; pixels are decoded when they are asked for.
public struct EncodedImage: Sendable {
    /// What messages call it: its path.
    public let name: String
    /// The whole file.
    public let bytes: [UInt8]
    /// What the file's first bytes say it is.
    public let format: ImageCodec.Format
    /// The picture's sides, upright.
    public let size: ImageSize
    let header: longtail_header

    /// Files larger than this are refused before they are read.
    public static let byteLimit = 256 << 20

    /// Reads a file and its header.
    ///
    /// - Throws: A failure that names the file when it cannot be read or as in `init(_:name:)`.
    public init(path: String) throws(LongTailError) {
        let file: FileBytes
        do throws(LongTailError) { file = try FileBytes(path: path) } catch {
            throw LongTailError(.data, error.problem, remedy: error.remedy)
        }
        guard file.size <= Self.byteLimit else {
            throw LongTailError(
                .data, "\(path) has \(file.size >> 20) MiB, more than the limit of \(Self.byteLimit >> 20)",
                remedy: "Save the picture smaller, or take it out of the data set.")
        }
        try self.init(try file.all(), name: path)
    }

    /// Reads the header of a file's bytes.
    ///
    /// - Throws: A data failure with the library's words when the header is damaged, the bytes are none of the formats,
    ///   a JPEG has no end, or the picture is larger than `ImageCodec.pixelLimit`.
    public init(_ bytes: [UInt8], name: String) throws(LongTailError) {
        guard let format = ImageCodec.format(of: bytes) else {
            throw LongTailError(
                .data, bytes.isEmpty ? "\(name) is empty" : "\(name) is neither a JPEG, a PNG nor a WebP",
                remedy: (bytes.isEmpty ? "Fetch it again" : "Convert it to one of them")
                    + ", or take it out of the data set.")
        }
        var header = longtail_header()
        var message = longtail_message()
        let read =
            switch format {
            case .jpeg: longtail_jpeg_header
            case .png: longtail_png_header
            case .webp: longtail_webp_header
            }
        guard bytes.withUnsafeBufferPointer({ read($0.baseAddress, $0.count, &header, &message) }) == 1 else {
            throw ImageCodec.broken(name, format, message)
        }
        let limit = ImageCodec.pixelLimit
        guard header.width > 0, header.height > 0, header.width <= limit / header.height else {
            throw LongTailError(
                .data, "\(name): \(header.width) × \(header.height) pixels are more than the limit of \(limit)",
                remedy: "Save the picture smaller, or take it out of the data set.")
        }
        (self.name, self.bytes, self.format, self.header) = (name, bytes, format, header)
        let (height, width) = (Int(header.height), Int(header.width))
        size =
            header.orientation > 4
            ? ImageSize(height: width, width: height) : ImageSize(height: height, width: width)
    }

    /// The whole picture, as RGB.
    ///
    /// Grayscale is spread to RGB, CMYK and YCCK are converted as Pillow does, 16 bits are cut to 8, alpha is dropped,
    /// and a JPEG's EXIF orientation is applied.
    ///
    /// - Throws: A data failure with the library's words when the picture is damaged or ends early.
    public func decoded() throws(LongTailError) -> PixelImage { try decoded(Box(size)) }

    /// A part of the picture, to the bytes that the whole one has there; `part` lies within `size`.
    func decoded(_ part: Box) throws(LongTailError) -> PixelImage {
        guard format == .jpeg else {
            let whole = try decodeWhole()
            return part == Box(size) ? whole : whole.cropped(part)
        }
        return try decodeJPEG(part)
    }

    /// The sides at eighths/8 of the size, upright (JPEG only).
    func scaledSize(eighths: Int) -> ImageSize {
        var (width, height) = (0, 0)
        longtail_jpeg_scaled(header.width, header.height, Int32(eighths), &width, &height)
        return header.orientation > 4
            ? ImageSize(height: width, width: height) : ImageSize(height: height, width: width)
    }

    /// A part of a JPEG that is decoded at eighths/8 of its size (8, 4, 2 or 1); `part` lies within `scaledSize`.
    ///
    /// `fast` takes the quickest way through, whose bytes are near the exact ones.
    func decodeJPEG(_ part: Box, eighths: Int = 8, fast: Bool = false) throws(LongTailError) -> PixelImage {
        let stored = part.stored(in: scaledSize(eighths: eighths), orientation: Int(header.orientation))
        return try fill(part.size) { output, message in
            bytes.withUnsafeBufferPointer {
                longtail_decode_jpeg(
                    $0.baseAddress, $0.count, Int32(eighths), fast ? 1 : 0, stored, header.orientation, output, &message
                )
            }
        }
    }

    private func decodeWhole() throws(LongTailError) -> PixelImage {
        let decode = format == .png ? longtail_decode_png : longtail_decode_webp
        return try fill(size) { output, message in
            bytes.withUnsafeBufferPointer { decode($0.baseAddress, $0.count, header, output, &message) }
        }
    }

    private func fill(
        _ size: ImageSize, _ decode: (UnsafeMutablePointer<UInt8>?, inout longtail_message) -> Int32
    ) throws(LongTailError) -> PixelImage {
        var message = longtail_message()
        var done: Int32 = 0
        let image = PixelImage(height: size.height, width: size.width) { done = decode($0.baseAddress, &message) }
        guard done == 1 else { throw ImageCodec.broken(name, format, message) }
        return image
    }
}

extension Box {
    /// Where a part of an upright picture stands in the file, whose pixels an EXIF orientation turns upright.
    fileprivate func stored(in size: ImageSize, orientation: Int) -> longtail_box {
        let right = size.width - left - width
        let below = size.height - top - height
        // For each orientation: the stored left, top, width and height.
        let (l, t, turned) =
            switch orientation {
            case 2: (right, top, false)
            case 3: (right, below, false)
            case 4: (left, below, false)
            case 5: (top, left, true)
            case 6: (top, right, true)
            case 7: (below, right, true)
            case 8: (below, left, true)
            default: (left, top, false)
            }
        return longtail_box(left: l, top: t, width: turned ? height : width, height: turned ? width : height)
    }
}
