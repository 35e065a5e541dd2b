import LongTailBasics
import LongTailVision

/// Pictures without meaning, as many and as large as those of a data set: for measuring where the files are absent, or
/// without the time that decoding takes.
struct PlaceholderImages: Dataset {
    let name = "placeholder images"
    let classNames: [String]
    let labels: [Int]
    let nativeSize: ImageSize?
    private let picture: PixelImage

    /// So many pictures of each class, of one size.
    init(counts: [Int], size: ImageSize) throws(LongTailError) {
        classNames = counts.indices.map { "class \($0)" }
        labels = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        nativeSize = size
        var random = CounterRandom(seed: 0, purpose: .augmentation)
        let bytes = (0..<PixelImage.channels * size.height * size.width).map { _ in
            UInt8(truncatingIfNeeded: random.next())
        }
        picture = try PixelImage(height: size.height, width: size.width, bytes: bytes)
    }

    func source(at index: Int) throws(LongTailError) -> ImageSource { .pixels(picture) }

    func identity(of index: Int) -> String { "placeholder/\(index)" }
}
