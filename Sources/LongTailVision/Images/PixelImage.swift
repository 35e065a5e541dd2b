import CLongTailCodecs
import LongTailBasics

/// The sides of a picture, in pixels.
public struct ImageSize: Sendable, Equatable, CustomStringConvertible {
    public var height: Int
    public var width: Int

    /// A size of `height` rows and `width` columns.
    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    /// A square.
    public init(side: Int) { self.init(height: side, width: side) }

    /// As people write it: width × height.
    public var description: String { "\(width) × \(height)" }
}

/// A picture in memory: `height` rows of `width` pixels from the top, three bytes (red, green, blue) a pixel.
public struct PixelImage: Sendable, Equatable {
    /// Bytes of a pixel; always 3.
    public static let channels = 3
    public let height: Int
    public let width: Int
    /// `height` × `width` × 3 bytes, row by row, pixel by pixel.
    public internal(set) var bytes: [UInt8]

    /// Its sides.
    public var size: ImageSize { ImageSize(height: height, width: width) }

    /// Makes a picture from its pixels.
    ///
    /// - Throws: A data failure when the sides are not positive or the bytes are not height × width × 3.
    public init(height: Int, width: Int, bytes: [UInt8]) throws(LongTailError) {
        let (area, overflow) = height.multipliedReportingOverflow(by: width)
        guard height > 0, width > 0, !overflow, bytes.count % 3 == 0, bytes.count / 3 == area else {
            throw LongTailError(.data, "\(bytes.count) bytes are not a picture of \(height) × \(width) × 3")
        }
        self.init(trusted: bytes, height: height, width: width)
    }

    /// Makes a picture from three planes (red, green, blue) of `height` × `width` bytes, as CIFAR stores it.
    ///
    /// - Throws: As `init(height:width:bytes:)`.
    public init(height: Int, width: Int, planes: [UInt8]) throws(LongTailError) {
        let picture = try PixelImage(height: height, width: width, bytes: planes)
        self = planes.withUnsafeBufferPointer { planes in
            PixelImage(height: picture.height, width: picture.width) { pixels in
                guard let from = planes.baseAddress, let to = pixels.baseAddress else { return }
                longtail_join(from, planes.count / 3, to)
            }
        }
    }

    /// For bytes that this module has just made to measure.
    init(trusted bytes: [UInt8], height: Int, width: Int) {
        self.height = height
        self.width = width
        self.bytes = bytes
    }

    /// A picture whose bytes, all of them, `fill` writes; the sides are positive and small enough to be multiplied.
    init(height: Int, width: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        let count = 3 * height * width
        self.init(
            trusted: [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initialized = count
            }, height: height, width: width)
    }

    /// Three planes (red, green, blue) of `height` × `width` bytes: a network's input.
    public var planes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
            guard let output = buffer.baseAddress else { return }
            writePlanes(to: output)
            count = bytes.count
        }
    }

    /// Writes the planes to 3 × `height` × `width` bytes.
    func writePlanes(to output: UnsafeMutablePointer<UInt8>) {
        bytes.withUnsafeBufferPointer {
            if let input = $0.baseAddress { longtail_split(input, $0.count / 3, output) }
        }
    }

    /// A part, which must lie in the picture.
    func cropped(_ box: Box) -> PixelImage {
        PixelImage(height: box.height, width: box.width) { output in
            bytes.withUnsafeBufferPointer { input in
                guard var from = input.baseAddress, var to = output.baseAddress else { return }
                from += 3 * (box.top * width + box.left)
                for _ in 0..<box.height {
                    to.update(from: from, count: 3 * box.width)
                    from += 3 * width
                    to += 3 * box.width
                }
            }
        }
    }
}
