import LongTailBasics

/// The procedural data set: every class is a drawing of a few strokes, every image a jittered rendering of it.
///
/// Any number of classes, 32×32 RGB, nothing to download. An image is a function of (seed, class, number, split) alone.
/// In every third pair of classes (0 and 1, 6 and 7, 12 and 13, …) the second is the first with one stroke bent, so
/// that the two are confused when one of them is rare. Samples are sorted by class.
public struct Glyphs: Dataset {
    /// `glyph-000`, `glyph-001` and so on.
    public let classNames: [String]
    /// The class of every sample.
    public let labels: [Int]
    /// Images in each class.
    public let imagesPerClass: Int
    /// Which part; the two parts share the classes and no image.
    public let split: DataSplit
    /// What classes and images are drawn from.
    public let seed: UInt64
    /// 32 × 32.
    public let nativeSize: ImageSize? = ImageSize(side: GlyphRenderer.side)
    /// Round numbers.
    public let normalization = Normalization.glyphs
    private let shapes: [GlyphShape]
    private let cache: ImageCache

    /// Draws the classes; images are rendered when they are first asked for and kept (3 KiB each, up to 512 MiB).
    ///
    /// - Throws: A usage failure when a number is not positive or there would be more than ten million images.
    public init(classes: Int, imagesPerClass: Int, split: DataSplit, seed: UInt64 = 0) throws(LongTailError) {
        let (total, overflow) = classes.multipliedReportingOverflow(by: imagesPerClass)
        guard classes > 0, imagesPerClass > 0, !overflow, total <= 10_000_000 else {
            throw LongTailError(
                .usage, "glyphs cannot have \(classes) classes of \(imagesPerClass) images",
                remedy: "Both numbers must be positive, and their product at most ten million.")
        }
        let digits = max(3, String(classes - 1).count)
        classNames = (0..<classes).map { "glyph-\(Self.padded($0, digits))" }
        labels = (0..<total).map { $0 / imagesPerClass }
        shapes = (0..<classes).map { GlyphShape(ofClass: $0, seed: seed) }
        cache = ImageCache(limit: 512 << 20)
        (self.imagesPerClass, self.split, self.seed) = (imagesPerClass, split, seed)
    }

    public var name: String { "glyphs" }

    /// Image `index`: number `index % imagesPerClass` of class `index / imagesPerClass`.
    public func source(at index: Int) throws(LongTailError) -> ImageSource {
        try check(index)
        if let image = cache[index] { return .pixels(image) }
        let (label, number) = index.quotientAndRemainder(dividingBy: imagesPerClass)
        // The numbers of the two parts never meet: at most ten million against 2^31.
        let random = CounterRandom(
            seed: seed, purpose: .glyphImage, epoch: label, index: number + (split == .train ? 0 : 1 << 31))
        let image = try GlyphRenderer.render(shapes[label], random: random)
        cache.keep(image, index)
        return .pixels(image)
    }

    /// Class, part and number: `glyph-017/train/00003`; the same however many classes and images there are.
    public func identity(of index: Int) -> String {
        let (label, number) = index.quotientAndRemainder(dividingBy: imagesPerClass)
        return "glyph-\(Self.padded(label, 3))/\(split.rawValue)/\(Self.padded(number, 5))"
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
