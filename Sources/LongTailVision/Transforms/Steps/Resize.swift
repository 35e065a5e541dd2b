import LongTailBasics

/// Resizes so that the shorter side has a given length and the longer `Int(side × longer / shorter)`.
///
/// torchvision's `Resize(side, interpolation)` on a PIL image: antialiased. Squashed, both sides get that length, as by
/// `Resize((side, side), interpolation)`.
public struct Resize: TransformStep {
    public static let name = "resize"
    /// The shorter side, in pixels.
    public var side = 256
    /// By which weights.
    public var interpolation = Interpolation.bilinear
    /// Whether both sides get the length, whatever the picture's shape.
    public var squashes = false

    /// To 256, as the field evaluates photographs.
    public init() {}

    /// To a shorter side, or to a square.
    public init(_ side: Int, _ interpolation: Interpolation = .bilinear, squashes: Bool = false) {
        (self.side, self.interpolation, self.squashes) = (side, interpolation, squashes)
    }

    /// The sides of what comes out.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        guard side > 0 else { throw LongTailError(.usage, "a picture cannot be resized to \(side) pixels") }
        if squashes { return ImageSize(side: side) }
        return try size.map { size throws(LongTailError) in try resized(size) }
    }

    /// Resizes.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        try canvas.resize(to: resized(canvas.size), interpolation)
    }

    private func resized(_ size: ImageSize) throws(LongTailError) -> ImageSize {
        let (shorter, longer) = (min(size.height, size.width), max(size.height, size.width))
        let (product, overflow) = side.multipliedReportingOverflow(by: longer)
        guard side > 0, shorter > 0, !overflow, product / shorter <= ImageCodec.pixelLimit / side else {
            throw LongTailError(
                .data, "a picture of \(size) pixels resized to \(side) would exceed the limit of pixels",
                remedy: "Take this narrow picture out of the data set, or crop it.")
        }
        if squashes { return ImageSize(side: side) }
        let long = product / shorter
        return size.height <= size.width
            ? ImageSize(height: side, width: long) : ImageSize(height: long, width: side)
    }
}
