/// One operation of AutoAugment or RandAugment with its strength.
enum PictureOperation: Sendable, Equatable {
    case autoContrast, equalize, invert
    /// Degrees.
    case rotate(Double)
    /// Bits that stay.
    case posterize(Int)
    /// The first value that is inverted.
    case solarize(Int)
    /// What is added to values below 128.
    case solarizeAdd(Int)
    /// Factors; 1 leaves the picture as it is.
    case color(Double), contrast(Double), brightness(Double), sharpness(Double)
    /// Columns a row, rows a column.
    case shearX(Double), shearY(Double)
    /// Pixels.
    case translateX(Double), translateY(Double)
}

extension PixelImage {
    /// Does an operation; `fill` is what lies outside.
    mutating func apply(_ operation: PictureOperation, _ filter: PixelFilter, fill: [UInt8]) {
        switch operation {
        case .autoContrast: autoContrast()
        case .equalize: equalize()
        case .invert: map { 255 - $0 }
        case .rotate(let degrees): self = rotated(degrees, filter, fill: fill)
        case .posterize(let bits): posterize(bits: bits)
        case .solarize(let threshold): solarize(threshold)
        case .solarizeAdd(let amount): solarizeAdd(amount)
        case .color(let factor): adjustSaturation(factor)
        case .contrast(let factor): adjustContrast(factor)
        case .brightness(let factor): adjustBrightness(factor)
        case .sharpness(let factor): adjustSharpness(factor)
        case .shearX(let amount): self = affine([1, amount, 0, 0, 1, 0], filter, fill: fill)
        case .shearY(let amount): self = affine([1, 0, 0, amount, 1, 0], filter, fill: fill)
        case .translateX(let pixels): self = affine([1, 0, pixels, 0, 1, 0], filter, fill: fill)
        case .translateY(let pixels): self = affine([1, 0, 0, 0, 1, pixels], filter, fill: fill)
        }
    }
}
