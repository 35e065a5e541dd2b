import Foundation

/// By which weights a picture is resized: Pillow's filters, their support widened by the scale when shrinking.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// A triangle; what torchvision's models are trained and evaluated with.
    case bilinear
    /// Keys 1981, a = -0.5; what most of timm's and OpenCLIP's models are evaluated with.
    case bicubic
    /// A sinc windowed by a sinc, three pixels to both sides.
    case lanczos

    /// How far the weights reach, in pixels of the output where it is the smaller one.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight at a distance, before all are brought to the sum 1.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        case .lanczos: return x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}
