import Basics

/// A picture in memory: three planes (red, green, blue) of `height` × `width` bytes, rows from the top.
public struct PixelImage: Sendable, Equatable {
    /// Planes of a picture; always 3.
    public static let channels = 3
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// 3 × `height` × `width` bytes, plane by plane, row by row.
    public let bytes: [UInt8]

    /// Makes a picture from its bytes.
    ///
    /// - Throws: A data failure when the sides are not positive or the bytes are not 3 × height × width.
    public init(height: Int, width: Int, bytes: [UInt8]) throws(Failure) {
        let (area, overflow) = height.multipliedReportingOverflow(by: width)
        guard height > 0, width > 0, !overflow, bytes.count % 3 == 0, bytes.count / 3 == area else {
            throw Failure(.data, "\(bytes.count) bytes are not a picture of 3 × \(height) × \(width)")
        }
        self.init(trusted: bytes, height: height, width: width)
    }

    /// For bytes that this module has just made to measure.
    init(trusted bytes: [UInt8], height: Int, width: Int) {
        self.height = height
        self.width = width
        self.bytes = bytes
    }
}
