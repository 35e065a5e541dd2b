import LongTailBasics

/// Some of fifteen operations at random, each done with a probability, all of about one strength.
///
/// Cubuk et al. 2020, with the operations and level tables of PaCo's and GPaCo's official code: the level is normally
/// distributed about `magnitude` and cut to 0...10, signs are random, pixels in between are bilinear or bicubic at
/// random, and what lies outside is ImageNet's mean.
public struct RandAugment: TransformStep {
    public static let name = "rand-augment"
    /// Operations a picture, drawn with repetition.
    public var operations = 2
    /// Mean level, of 10.
    public var magnitude = 10.0
    /// Standard deviation of the level.
    public var deviation = 0.5
    /// How often a drawn operation is done.
    public var probability = 0.5

    static let fill: [UInt8] = [124, 116, 104]

    /// Two operations at level 10 ± 0.5: PaCo's on ImageNet-LT.
    public init() {}

    /// Draws and does one operation after the other.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        for _ in 0..<operations {
            let (operation, filter) = draw(of: canvas.size, &random)
            guard random.uniform() < probability else { continue }
            try canvas.change { (image) throws(LongTailError) in image.apply(operation, filter, fill: Self.fill) }
        }
    }

    private func draw(of size: ImageSize, _ random: inout CounterRandom) -> (PictureOperation, PixelFilter) {
        let kind = random.below(15)
        let level = min(10, max(0, magnitude + deviation * random.normal()))
        let sign: Double = random.below(2) == 0 ? 1 : -1
        let filter = random.below(2) == 0 ? PixelFilter.bilinear : .bicubic
        return (Self.operation(kind, level: level, sign: sign, size: size), filter)
    }

    /// PictureOperation `kind` of 15 at a level of 0...10.
    static func operation(_ kind: Int, level: Double, sign: Double, size: ImageSize) -> PictureOperation {
        let share = level / 10
        return switch kind {
        case 0: .autoContrast
        case 1: .equalize
        case 2: .invert
        case 3: .rotate(sign * 30 * share)
        case 4: .posterize(Int(4 * share))
        case 5: .solarize(Int(256 * share))
        case 6: .solarizeAdd(Int(110 * share))
        case 7: .color(0.1 + 1.8 * share)
        case 8: .contrast(0.1 + 1.8 * share)
        case 9: .brightness(0.1 + 1.8 * share)
        case 10: .sharpness(0.1 + 1.8 * share)
        case 11: .shearX(sign * 0.3 * share)
        case 12: .shearY(sign * 0.3 * share)
        case 13: .translateX(sign * 0.45 * share * Double(size.width))
        default: .translateY(sign * 0.45 * share * Double(size.height))
        }
    }
}
