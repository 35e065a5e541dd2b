import LongTailBasics

/// Blackens a square at a random place, which may reach over the edge.
///
/// DeVries and Taylor 2017: the middle is uniform over the picture.
public struct Cutout: TransformStep {
    public static let name = "cutout"
    /// Side of the square, in pixels.
    public var size = 16

    /// Of 16, as on CIFAR-10.
    public init() {}

    /// Draws the row, then the column of the middle.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let (row, column) = (random.below(canvas.size.height), random.below(canvas.size.width))
        try canvas.change { (image) throws(LongTailError) in image.cutOut(size, row: row, column: column) }
    }
}

extension PixelImage {
    /// Blackens a square around a pixel.
    mutating func cutOut(_ size: Int, row: Int, column: Int) {
        let (height, width) = (height, width)
        func span(_ middle: Int, _ length: Int) -> Range<Int> {
            let start = middle - size / 2
            return min(length, max(0, start))..<min(length, max(0, start + size))
        }
        let columns = span(column, width)
        withPixels { pixels, _ in
            for y in span(row, height) {
                (pixels + 3 * (y * width + columns.lowerBound)).update(repeating: 0, count: 3 * columns.count)
            }
        }
    }
}
