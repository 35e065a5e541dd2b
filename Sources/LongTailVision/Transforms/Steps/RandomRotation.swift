import LongTailBasics

/// Turns the picture about its middle by a random angle, black outside, to the nearest pixel.
///
/// torchvision's `RandomRotation(degrees)` on PIL images.
public struct RandomRotation: TransformStep {
    public static let name = "random-rotation"
    /// Largest angle to both sides, in degrees.
    public var degrees = 15.0

    /// Up to 15 degrees.
    public init() {}

    /// Draws the angle.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let angle = random.uniform(-max(degrees, 1e-12)..<max(degrees, 1e-12))
        try canvas.change { (image) throws(LongTailError) in image = image.rotated(angle, .nearest, fill: [0, 0, 0]) }
    }
}
