import Foundation
import LongTailBasics

/// Cuts out a random part of random area and shape, and resizes it to a square.
///
/// torchvision's `RandomResizedCrop(size, scale, ratio)` (Szegedy et al. 2015): up to ten tries of area × U(scale) and a
/// log-uniform ratio, a uniform place; then the middle with the ratio brought into range.
public struct RandomResizedCrop: TransformStep {
    public static let name = "random-resized-crop"
    /// Height and width of what comes out, in pixels.
    public var size = 224
    /// Smallest and largest share of the area.
    public var scale = [0.08, 1]
    /// Smallest and largest width over height.
    public var ratio = [0.75, 1.3333]
    /// By which weights the part is resized.
    public var interpolation = Interpolation.bilinear

    /// To 224, as the field trains on photographs.
    public init() {}

    /// To a size.
    public init(_ size: Int, _ interpolation: Interpolation = .bilinear) {
        (self.size, self.interpolation) = (size, interpolation)
    }

    /// A square.
    public func size(after size: ImageSize?) throws(LongTailError) -> ImageSize? {
        guard 1...8192 ~= self.size else {
            throw LongTailError(.usage, "a crop of \(self.size) pixels is not in 1...8192")
        }
        guard scale.count == 2, scale[0] > 0, scale[0] <= scale[1], scale[1] <= 1 else {
            throw LongTailError(.usage, "the scale must be two rising numbers above 0 up to 1, found \(scale)")
        }
        guard ratio.count == 2, ratio[0] >= 0.01, ratio[0] <= ratio[1], ratio[1] <= 100 else {
            throw LongTailError(.usage, "the ratio must be two rising numbers from 0.01 to 100, found \(ratio)")
        }
        return ImageSize(side: self.size)
    }

    /// Crops and resizes.
    public func apply(to canvas: inout Canvas, random: inout CounterRandom) throws(LongTailError) {
        try canvas.crop(to: box(in: canvas.size, random: &random))
        try canvas.resize(to: ImageSize(side: size), interpolation)
    }

    /// The part that is cut out.
    func box(in size: ImageSize, random: inout CounterRandom) -> Box {
        let area = Double(size.height) * Double(size.width)
        let logs = (log(ratio[0]), log(ratio[1]))
        for _ in 0..<10 {
            let target = area * random.uniform(scale[0]..<max(scale[0].nextUp, scale[1]))
            let shape = exp(random.uniform(logs.0..<max(logs.0.nextUp, logs.1)))
            let width = Int((target * shape).squareRoot().rounded(.toNearestOrEven))
            let height = Int((target / shape).squareRoot().rounded(.toNearestOrEven))
            guard 0 < width, width <= size.width, 0 < height, height <= size.height else { continue }
            let top = random.below(size.height - height + 1)
            return Box(top: top, left: random.below(size.width - width + 1), height: height, width: width)
        }
        return middle(of: size)
    }

    private func middle(of size: ImageSize) -> Box {
        let shape = Double(size.width) / Double(size.height)
        var (height, width) = (size.height, size.width)
        if shape < ratio[0] {
            height = Int((Double(width) / ratio[0]).rounded(.toNearestOrEven))
        } else if shape > ratio[1] {
            width = Int((Double(height) * ratio[1]).rounded(.toNearestOrEven))
        }
        (height, width) = (min(size.height, max(1, height)), min(size.width, max(1, width)))
        return Box(top: (size.height - height) / 2, left: (size.width - width) / 2, height: height, width: width)
    }
}
