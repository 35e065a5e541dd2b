import CLongTailCodecs
import LongTailBasics

/// Mirrors the picture left to right half of the time.
///
/// torchvision's `RandomHorizontalFlip(0.5)`.
public struct RandomHorizontalFlip: TransformStep {
    public static let name = "flip"

    /// Half of the time.
    public init() {}

    /// Draws whether to mirror.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        guard random.below(2) == 1 else { return }
        try canvas.change { (image) throws(LongTailError) in image.mirror() }
    }
}

extension PixelImage {
    /// Left becomes right.
    mutating func mirror() {
        let (height, width) = (height, width)
        bytes.withUnsafeMutableBufferPointer {
            if let pixels = $0.baseAddress { longtail_mirror(pixels, height, width) }
        }
    }

    /// The same with black pixels around it; nothing is negative.
    func padded(top: Int, left: Int, bottom: Int, right: Int) -> PixelImage {
        let newWidth = width + left + right
        return PixelImage(height: height + top + bottom, width: newWidth) { output in
            output.update(repeating: 0)
            bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                for y in 0..<height {
                    (to + 3 * ((y + top) * newWidth + left)).update(from: from + 3 * y * width, count: 3 * width)
                }
            }
        }
    }
}
