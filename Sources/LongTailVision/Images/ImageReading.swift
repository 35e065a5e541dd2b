/// What becomes of the EXIF orientation of a picture.
public enum EXIFOrientation: String, Sendable, Codable, CaseIterable {
    /// The picture is turned upright, as Pillow's `ImageOps.exif_transpose` does.
    case turn
    /// The picture stays as it is stored, as torchvision's `ImageFolder` reads it.
    case ignore
}

/// How files of pictures are read.
public struct ImageReading: Sendable, Equatable {
    /// What becomes of EXIF's orientation, in every format.
    ///
    /// HEIC and AVIF have turns of their own beside EXIF, which are always done.
    public var orientation: EXIFOrientation
    /// A picture of more million pixels is refused by its header.
    public var maxMegapixels: Int

    /// Turned upright, up to 64 megapixels.
    public init(orientation: EXIFOrientation = .turn, maxMegapixels: Int = 64) {
        (self.orientation, self.maxMegapixels) = (orientation, maxMegapixels)
    }

    /// A picture of more pixels is refused.
    var pixelLimit: Int { min(max(1, maxMegapixels), 1 << 20) * 1_000_000 }

    /// A larger file is refused before it is read: 256 MiB, or four bytes a pixel where more pixels may be.
    var byteLimit: Int { max(256 << 20, 4 * pixelLimit) }
}
