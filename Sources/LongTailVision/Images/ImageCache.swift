import Synchronization

/// Pictures by sample that cost much to make: kept in memory until `limit` bytes are.
///
/// What is read never depends on it. Nothing is dropped for something new, so that an epoch that is larger than the
/// cache still finds a part of it.
public final class ImageCache: Sendable {
    private struct State {
        var images: [Int: PixelImage] = [:]
        var bytes = 0
    }

    private let state = Mutex(State())
    /// Bytes of pixels that are kept at most.
    public let limit: Int

    /// A cache of at most `limit` bytes.
    public init(limit: Int) { self.limit = limit }

    /// What it holds: pictures, and bytes of their pixels.
    public var filling: (pictures: Int, bytes: Int) { state.withLock { ($0.images.count, $0.bytes) } }

    /// The picture of a sample, when it is kept.
    subscript(index: Int) -> PixelImage? { state.withLock { $0.images[index] } }

    /// Whether a picture of that size would be kept now.
    func hasRoom(for size: ImageSize) -> Bool {
        let bytes = 3 * size.height * size.width
        return state.withLock { $0.bytes + bytes <= limit }
    }

    /// Keeps a picture if there is room.
    func keep(_ image: PixelImage, _ index: Int) {
        state.withLock { state in
            guard state.images[index] == nil, state.bytes + image.bytes.count <= limit else { return }
            state.images[index] = image
            state.bytes += image.bytes.count
        }
    }
}
