import CLongTailCodecs
import Foundation
import LongTailBasics
import LongTailSerialization

/// The bytes of a picture file with its header read; pixels are decoded when they are asked for.
public struct EncodedImage: Sendable {
    /// What messages call it: its path.
    public let name: String
    /// The whole file.
    public let bytes: [UInt8]
    /// What the file's first bytes say it is.
    public let kind: ImageKind
    /// The picture's sides, as it is decoded: upright, where its orientation is not ignored.
    public let size: ImageSize
    let header: longtail_header

    /// Reads a file and its header.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - reading: What becomes of its orientation, and how large it may be.
    /// - Throws: A failure that names the file when it cannot be read or as in `init(_:name:reading:)`.
    public init(path: String, reading: ImageReading = ImageReading()) throws(LongTailError) {
        let file: FileBytes
        do throws(LongTailError) { file = try FileBytes(path: path) } catch {
            throw LongTailError(.data, error.problem, remedy: error.remedy)
        }
        guard file.size <= reading.byteLimit else {
            throw LongTailError(
                .data, "\(path) has \(file.size >> 20) MiB, more than the limit of \(reading.byteLimit >> 20)",
                remedy: "Save the picture smaller, or take it out of the data set.")
        }
        try self.init(try file.all(), name: path, reading: reading)
    }

    /// Reads the header of a file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What messages call it.
    ///   - reading: What becomes of its orientation, and how large it may be.
    /// - Throws: A data failure with the library's words when the header is damaged, the bytes are no picture or one of a
    ///   kind that is not read here, a JPEG has no end, or the picture has more pixels than `reading` allows.
    public init(
        _ bytes: [UInt8], name: String, reading: ImageReading = ImageReading()
    ) throws(LongTailError) {
        kind = try ImageCodec.kind(of: bytes, name: name)
        guard let functions = ImageCodec.functions(of: kind) else { throw ImageCodec.unread(name, kind) }
        var header = longtail_header()
        var message = longtail_message()
        let done = bytes.withUnsafeBufferPointer {
            functions.header($0.baseAddress, $0.count, &header, &message)
        }
        guard done == 1 else { throw ImageCodec.failure(name, kind, done, message) }
        let limit = reading.pixelLimit
        for (width, height) in [(header.width, header.height), (header.coded_width, header.coded_height)] {
            guard height == 0 || width <= limit / height else {
                throw ImageCodec.tooLarge(name, ImageSize(height: height, width: width), reading)
            }
        }
        guard header.width > 0, header.height > 0 else {
            throw LongTailError(
                .data, "\(name): broken \(kind.name): no pixels", remedy: "Take it out of the data set.")
        }
        if reading.orientation == .ignore { header.orientation = 1 }
        (self.name, self.bytes, self.header) = (name, bytes, header)
        size = header.upright(ImageSize(height: header.height, width: header.width))
    }

    /// The whole picture, as RGB.
    ///
    /// Grayscale is spread to RGB, CMYK and YCCK are converted as Pillow does, 16 bits are cut to the upper 8, alpha is
    /// dropped, and the EXIF orientation is applied unless it is ignored. Of an animation or a file of many pages this is
    /// the first picture, of an HEIC or AVIF the primary one.
    ///
    /// - Throws: A data failure with the library's words when the picture is damaged or ends early.
    public func decoded() throws(LongTailError) -> PixelImage { try decoded(Box(size)) }

    /// A part of the picture, to the bytes that the whole one has there; `part` lies within `size`.
    func decoded(_ part: Box) throws(LongTailError) -> PixelImage {
        guard let decode = ImageCodec.functions(of: kind)?.decode else { return try decodeJPEG(part) }
        let stored = try fill(ImageSize(height: header.height, width: header.width)) { output, message in
            bytes.withUnsafeBufferPointer { decode($0.baseAddress, $0.count, header, output, &message) }
        }
        let whole = header.orientation == 1 ? stored : stored.turned(Int(header.orientation))
        return part == Box(size) ? whole : whole.cropped(part)
    }

    /// The sides at eighths/8 of the size, upright (JPEG only).
    func scaledSize(eighths: Int) -> ImageSize {
        var (width, height) = (0, 0)
        longtail_jpeg_scaled(header.width, header.height, Int32(eighths), &width, &height)
        return header.upright(ImageSize(height: height, width: width))
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

    /// Whether a picture of 16 bits a sample holds next to nothing in the upper 8, as 12 bits in 16 do: it comes out
    /// nearly black.
    ///
    /// - Parameter decoded: What was decoded from it.
    package func isNearlyBlack(_ decoded: PixelImage) -> Bool {
        // 4095 / 257, rounded up.
        header.bits == 16 && decoded.bytes.allSatisfy { $0 <= 16 }
    }

    private func fill(
        _ size: ImageSize, _ decode: (UnsafeMutablePointer<UInt8>?, inout longtail_message) -> Int32
    ) throws(LongTailError) -> PixelImage {
        var message = longtail_message()
        var done: Int32 = 0
        let image = PixelImage(height: size.height, width: size.width) { done = decode($0.baseAddress, &message) }
        guard done == 1 else { throw ImageCodec.failure(name, kind, done, message) }
        return image
    }
}

extension longtail_header {
    /// The sides, upright, of what is stored with the sides `size`.
    fileprivate func upright(_ size: ImageSize) -> ImageSize {
        orientation > 4 ? ImageSize(height: size.width, width: size.height) : size
    }
}

extension PixelImage {
    /// The picture turned upright, when EXIF gives it that orientation (1 to 8).
    fileprivate func turned(_ orientation: Int) -> PixelImage {
        let isTurned = orientation > 4
        return PixelImage(height: isTurned ? width : height, width: isTurned ? height : width) { output in
            bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                longtail_turn(from, width, height, Int32(orientation), to)
            }
        }
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
