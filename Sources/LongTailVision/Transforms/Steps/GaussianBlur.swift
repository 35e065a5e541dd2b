import LongTailBasics

/// Blurs with a random radius.
///
/// Pillow's `GaussianBlur` with a radius of U(sigma), as MoCo v2 and PaCo use it: three passes of an extended box blur.
public struct GaussianBlur: TransformStep {
    public static let name = "gaussian-blur"
    /// Smallest and largest standard deviation, in pixels.
    public var sigma = [0.1, 2.0]

    /// From 0.1 to 2.
    public init() {}

    /// Refuses a range that is none.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        guard sigma.count == 2, sigma[0] > 0, sigma[0] <= sigma[1], sigma[1] <= 100 else {
            throw LongTailError(.usage, "sigma must be two rising numbers above 0 up to 100, found \(sigma)")
        }
        return size
    }

    /// Draws the radius.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let radius = random.uniform(sigma[0]..<max(sigma[0].nextUp, sigma[1]))
        try canvas.change { (image) throws(LongTailError) in try image.blur(sigma: radius) }
    }
}
