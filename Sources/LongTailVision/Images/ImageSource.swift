import LongTailBasics

/// What a data set has of a sample: a picture in memory, or a file that a transform decodes as far as it needs.
public enum ImageSource: Sendable {
    /// A picture in memory.
    case pixels(PixelImage)
    /// A file's bytes with its header read.
    case encoded(EncodedImage)

    /// The picture's sides, upright.
    public var size: ImageSize {
        switch self {
        case .pixels(let image): image.size
        case .encoded(let picture): picture.size
        }
    }

    /// The whole picture.
    ///
    /// - Throws: A data failure that names the file when it is damaged.
    public func decoded() throws(LongTailError) -> PixelImage {
        switch self {
        case .pixels(let image): image
        case .encoded(let picture): try picture.decoded()
        }
    }
}
