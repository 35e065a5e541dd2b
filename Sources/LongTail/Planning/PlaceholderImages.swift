import Basics
import Vision

/// Pictures without meaning, as many and as large as those of a data set: for measuring where the files are absent, or
/// without the time that decoding takes.
struct PlaceholderImages: Dataset {
    let name = "placeholder images"
    let classNames: [String]
    let labels: [Int]
    let height: Int
    let width: Int
    private let picture: PixelImage

    /// So many pictures of each class, `side` pixels high and wide.
    init(counts: [Int], side: Int) throws(Failure) {
        classNames = counts.indices.map { "class \($0)" }
        labels = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        (height, width) = (side, side)
        var random = CounterRandom(seed: 0, purpose: .augmentation, index: side)
        let bytes = (0..<3 * side * side).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        picture = try PixelImage(height: side, width: side, bytes: bytes)
    }

    func image(at index: Int) throws(Failure) -> PixelImage { picture }

    func identity(of index: Int) -> String { "placeholder/\(index)" }
}
