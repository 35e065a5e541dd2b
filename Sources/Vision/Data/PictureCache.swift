import Basics
import Synchronization

/// Pictures that cost much to make and little to keep: made when first asked for, then kept in memory.
///
/// When `limit` bytes are kept, the rest is made anew each time; what is read never depends on it.
final class PictureCache: Sendable {
    private struct State {
        var images: [PixelImage?]
        var bytes = 0
    }

    private let state: Mutex<State>
    private let limit: Int

    init(count: Int, limit: Int = 512 << 20) {
        state = Mutex(State(images: Array(repeating: nil, count: count)))
        self.limit = limit
    }

    /// Picture `index`, which must be in 0..<count; two threads may make the same one at once.
    func image(_ index: Int, make: () throws(Failure) -> PixelImage) throws(Failure) -> PixelImage {
        if let image = state.withLock({ $0.images[index] }) { return image }
        let image = try make()
        state.withLock { state in
            guard state.images[index] == nil, state.bytes + image.bytes.count <= limit else { return }
            state.images[index] = image
            state.bytes += image.bytes.count
        }
        return image
    }
}
