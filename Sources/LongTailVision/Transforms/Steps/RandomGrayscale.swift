import LongTailBasics

/// Makes the picture gray with a probability.
///
/// torchvision's `RandomGrayscale`.
public struct RandomGrayscale: TransformStep {
    public static let name = "random-grayscale"
    public var probability = 0.2

    /// With 0.2, as contrastive methods use it.
    public init() {}

    /// Draws whether.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        guard random.uniform() < probability else { return }
        try canvas.change { (image) throws(LongTailError) in image.adjustSaturation(0) }
    }
}
