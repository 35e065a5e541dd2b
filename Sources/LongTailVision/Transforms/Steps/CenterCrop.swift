import LongTailBasics

/// Cuts the middle out: a square of a given side, with black around a picture that is smaller.
///
/// torchvision's `CenterCrop(side)`, whose offsets are half the difference, rounded half to even; or as transformers has it.
public struct CenterCrop: TransformStep {
    public static let name = "center-crop"
    /// Height and width, in pixels.
    public var size = 224
    /// Where half a pixel goes.
    public var rounding = CropRounding.even

    /// Of 224, as the field evaluates photographs.
    public init() {}

    /// Of a size.
    public init(_ size: Int, rounding: CropRounding = .even) { (self.size, self.rounding) = (size, rounding) }

    /// A square.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        guard 1...8192 ~= self.size else {
            throw LongTailError(.usage, "a crop of \(self.size) pixels is not in 1...8192")
        }
        return ImageSize(side: self.size)
    }

    /// Crops.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let wanted = ImageSize(side: size)
        if canvas.size.height < size || canvas.size.width < size {
            let padding = (max(0, size - canvas.size.height), max(0, size - canvas.size.width))
            try canvas.change { (image) throws(LongTailError) in
                image = image.padded(
                    top: padding.0 / 2, left: padding.1 / 2, bottom: (padding.0 + 1) / 2, right: (padding.1 + 1) / 2)
            }
        }
        try canvas.crop(to: Box(centre: wanted, of: canvas.size, rounding: rounding))
    }
}
