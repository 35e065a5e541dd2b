import LongTailBasics

/// Cuts a square, or a picture of the same size, out of the picture with black around it, at a random place.
///
/// torchvision's `RandomCrop(size, padding)`; offsets are uniform. With padding 4 and the same size it is the crop of
/// all code on CIFAR. Padding happens on bytes, so that a padded pixel becomes −mean/std.
public struct RandomCrop: TransformStep {
    public static let name = "random-crop"
    /// Height and width of what comes out, in pixels; nil keeps the picture's own.
    public var size: Int?
    /// Black pixels on each side.
    public var padding = 0

    /// The same size without padding.
    public init() {}

    /// Of a size, from a padded picture.
    public init(_ size: Int? = nil, padding: Int = 0) { (self.size, self.padding) = (size, padding) }

    /// The size, or that of what comes in.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        if let own = self.size, !(1...8192 ~= own) {
            throw LongTailError(.usage, "a crop of \(own) pixels is not in 1...8192")
        }
        let limit = min(4096, size.map { min($0.height, $0.width) } ?? .max)
        guard 0...limit ~= padding else {
            throw LongTailError(.usage, "a padding of \(padding) pixels is not in 0...\(limit)")
        }
        guard let own = self.size else { return size }
        if let size, min(size.height, size.width) + 2 * padding < own {
            throw LongTailError(.usage, "pictures of \(size) with a padding of \(padding) are smaller than \(own)")
        }
        return ImageSize(side: own)
    }

    /// Draws the offset from the top, then that from the left.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let wanted = size.map { ImageSize(side: $0) } ?? canvas.size
        let room = (canvas.size.height + 2 * padding - wanted.height, canvas.size.width + 2 * padding - wanted.width)
        guard room.0 >= 0, room.1 >= 0 else {
            throw LongTailError(
                .data, "a picture of \(canvas.size) pixels with a padding of \(padding) is smaller than \(wanted)",
                remedy: "Resize before the crop, or take this picture out of the data set.")
        }
        let top = random.below(room.0 + 1)
        let left = random.below(room.1 + 1)
        if padding > 0 {
            try canvas.change { [padding] (image) throws(LongTailError) in
                image = image.padded(top: padding, left: padding, bottom: padding, right: padding)
            }
        }
        try canvas.crop(to: Box(top: top, left: left, height: wanted.height, width: wanted.width))
    }
}
