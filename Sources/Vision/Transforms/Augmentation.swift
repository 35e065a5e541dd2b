import Basics

/// What happens to a training picture at random, before it is normalised.
public enum Augmentation: Sendable, Equatable {
    /// Nothing.
    case none
    /// A crop of the same size from the picture with `padding` black pixels on each side, mirrored half of the time.
    ///
    /// The usual augmentation of CIFAR, with padding 4 (Lee et al. 2015; all code of the field). Offsets are uniform in 0...2·padding. Padding
    /// happens on bytes, so a padded pixel becomes -mean/std.
    case cropAndFlip(padding: Int)

    /// Writes the augmented picture to `output` (3 × height × width bytes).
    func apply(to image: PixelImage, into output: UnsafeMutablePointer<UInt8>, random: inout CounterRandom) {
        image.bytes.withUnsafeBufferPointer { input in
            guard let input = input.baseAddress else { return }
            switch self {
            case .none: output.update(from: input, count: image.bytes.count)
            case .cropAndFlip(let padding):
                let down = random.below(2 * padding + 1) - padding
                let right = random.below(2 * padding + 1) - padding
                let (height, width) = (image.height, image.width)
                for plane in 0..<3 {
                    Self.shift(
                        input + plane * height * width, into: output + plane * height * width, height: height,
                        width: width, down: down, right: right)
                }
                if random.below(2) == 1 { Self.mirror(output, rows: 3 * height, width: width) }
            }
        }
    }

    /// Output (y, x) is input (y + down, x + right), black outside.
    private static func shift(
        _ input: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>, height: Int, width: Int, down: Int,
        right: Int
    ) {
        let left = min(width, max(0, -right))
        let count = max(0, width - abs(right))
        for y in 0..<height {
            let row = output + y * width
            guard count > 0, y + down >= 0, y + down < height else {
                row.update(repeating: 0, count: width)
                continue
            }
            row.update(repeating: 0, count: left)
            (row + left).update(from: input + (y + down) * width + max(0, right), count: count)
            (row + left + count).update(repeating: 0, count: width - left - count)
        }
    }

    private static func mirror(_ output: UnsafeMutablePointer<UInt8>, rows: Int, width: Int) {
        for y in 0..<rows {
            var row = UnsafeMutableBufferPointer(start: output + y * width, count: width)
            row.reverse()
        }
    }
}
