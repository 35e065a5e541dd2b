import LongTailBasics

/// One of 25 pairs of operations, each with its probability: the policy that was found for CIFAR-10.
///
/// Cubuk et al. 2019, in the form that official code for CIFAR-LT (PaCo, BCL, GLMC) shares: shears are bicubic,
/// translations take the nearest pixel, and what lies outside is gray.
public struct AutoAugment: TransformStep {
    public static let name = "auto-augment"

    /// One half of a pair.
    struct Entry: Sendable {
        enum Kind: Sendable {
            case shearX, shearY, translateX, translateY, rotate, color, posterize, solarize, contrast, sharpness
            case brightness, autoContrast, equalize, invert
        }
        let kind: Kind
        let probability: Double
        /// 0 to 9.
        let level: Int

        init(_ kind: Kind, _ probability: Double, _ level: Int) {
            (self.kind, self.probability, self.level) = (kind, probability, level)
        }
    }

    static let fill: [UInt8] = [128, 128, 128]

    /// The policy for CIFAR-10.
    public init() {}

    /// Draws the pair, then for each half whether it is done and with which sign.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let (first, second) = Self.policy[random.below(Self.policy.count)]
        for entry in [first, second] {
            let isDone = random.uniform() < entry.probability
            let sign: Double = random.below(2) == 0 ? 1 : -1
            guard isDone else { continue }
            let (operation, filter) = Self.operation(entry.kind, level: entry.level, sign: sign, size: canvas.size)
            try canvas.change { (image) throws(LongTailError) in image.apply(operation, filter, fill: Self.fill) }
        }
    }

    /// The operation at a level of 0...9.
    static func operation(_ kind: Entry.Kind, level: Int, sign: Double, size: ImageSize) -> (
        PictureOperation, PixelFilter
    ) {
        let share = Double(level) / 9
        let factor = 1 + sign * 0.9 * share
        return switch kind {
        case .shearX: (.shearX(sign * 0.3 * share), .bicubic)
        case .shearY: (.shearY(sign * 0.3 * share), .bicubic)
        case .translateX: (.translateX(sign * 150 / 331 * share * Double(size.width)), .nearest)
        case .translateY: (.translateY(sign * 150 / 331 * share * Double(size.height)), .nearest)
        case .rotate: (.rotate(30 * share), .nearest)
        case .color: (.color(factor), .nearest)
        case .posterize: (.posterize(Int((8 - 4 * share).rounded(.toNearestOrEven))), .nearest)
        case .solarize: (.solarize(Int((256 * (1 - share)).rounded(.up))), .nearest)
        case .contrast: (.contrast(factor), .nearest)
        case .sharpness: (.sharpness(factor), .nearest)
        case .brightness: (.brightness(factor), .nearest)
        case .autoContrast: (.autoContrast, .nearest)
        case .equalize: (.equalize, .nearest)
        case .invert: (.invert, .nearest)
        }
    }

    static let policy: [(Entry, Entry)] = [
        (.init(.invert, 0.1, 7), .init(.contrast, 0.2, 6)),
        (.init(.rotate, 0.7, 2), .init(.translateX, 0.3, 9)),
        (.init(.sharpness, 0.8, 1), .init(.sharpness, 0.9, 3)),
        (.init(.shearY, 0.5, 8), .init(.translateY, 0.7, 9)),
        (.init(.autoContrast, 0.5, 8), .init(.equalize, 0.9, 2)),
        (.init(.shearY, 0.2, 7), .init(.posterize, 0.3, 7)),
        (.init(.color, 0.4, 3), .init(.brightness, 0.6, 7)),
        (.init(.sharpness, 0.3, 9), .init(.brightness, 0.7, 9)),
        (.init(.equalize, 0.6, 5), .init(.equalize, 0.5, 1)),
        (.init(.contrast, 0.6, 7), .init(.sharpness, 0.6, 5)),
        (.init(.color, 0.7, 7), .init(.translateX, 0.5, 8)),
        (.init(.equalize, 0.3, 7), .init(.autoContrast, 0.4, 8)),
        (.init(.translateY, 0.4, 3), .init(.sharpness, 0.2, 6)),
        (.init(.brightness, 0.9, 6), .init(.color, 0.2, 8)),
        (.init(.solarize, 0.5, 2), .init(.invert, 0, 3)),
        (.init(.equalize, 0.2, 0), .init(.autoContrast, 0.6, 0)),
        (.init(.equalize, 0.2, 8), .init(.equalize, 0.6, 4)),
        (.init(.color, 0.9, 9), .init(.equalize, 0.6, 6)),
        (.init(.autoContrast, 0.8, 4), .init(.solarize, 0.2, 8)),
        (.init(.brightness, 0.1, 3), .init(.color, 0.7, 0)),
        (.init(.solarize, 0.4, 5), .init(.autoContrast, 0.9, 3)),
        (.init(.translateY, 0.9, 9), .init(.translateY, 0.7, 9)),
        (.init(.autoContrast, 0.9, 2), .init(.solarize, 0.8, 3)),
        (.init(.equalize, 0.8, 8), .init(.invert, 0.1, 3)),
        (.init(.translateY, 0.7, 9), .init(.autoContrast, 0.9, 1)),
    ]
}
