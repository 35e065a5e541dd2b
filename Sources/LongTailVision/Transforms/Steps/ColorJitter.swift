import LongTailBasics

/// Changes brightness, contrast, saturation and hue at random, in random order.
///
/// torchvision's `ColorJitter` on PIL images: factors U(max(0, 1 − x), 1 + x), the hue turned by U(−h, h) of the circle.
public struct ColorJitter: TransformStep {
    public static let name = "color-jitter"
    /// Largest change of the brightness' factor from 1.
    public var brightness = 0.4
    /// Largest change of the contrast's factor from 1.
    public var contrast = 0.4
    /// Largest change of the saturation's factor from 1.
    public var saturation = 0.4
    /// Largest turn of the hue, as a share of the circle.
    public var hue = 0.0

    /// What is adjusted.
    enum Part: CaseIterable {
        case brightness, contrast, saturation, hue
    }

    /// 0.4, and the hue as it is: MiSLAS and BTM on photographs.
    public init() {}

    /// With strengths.
    public init(_ brightness: Double, _ contrast: Double, _ saturation: Double, hue: Double = 0) {
        (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
    }

    /// Draws the order, then the four factors.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        let adjustments = draw(&random)
        try canvas.change { (image) throws(LongTailError) in image.adjust(adjustments) }
    }

    /// The adjustments that are on, in their order, with their factors.
    func draw(_ random: inout CounterRandom) -> [(Part, Double)] {
        let order = random.permutation(4)
        func factor(_ strength: Double) -> Double { random.uniform(max(0, 1 - strength)..<1 + max(strength, 1e-12)) }
        let all: [(Part, Double, on: Bool)] = [
            (.brightness, factor(brightness), brightness > 0), (.contrast, factor(contrast), contrast > 0),
            (.saturation, factor(saturation), saturation > 0),
            (.hue, random.uniform(-max(hue, 1e-12)..<max(hue, 1e-12)), hue > 0),
        ]
        return order.map { all[$0] }.filter(\.on).map { ($0.0, $0.1) }
    }
}

extension PixelImage {
    mutating func adjust(_ adjustments: [(ColorJitter.Part, Double)]) {
        for (part, factor) in adjustments {
            switch part {
            case .brightness: adjustBrightness(factor)
            case .contrast: adjustContrast(factor)
            case .saturation: adjustSaturation(factor)
            case .hue: adjustHue(factor)
            }
        }
    }
}
