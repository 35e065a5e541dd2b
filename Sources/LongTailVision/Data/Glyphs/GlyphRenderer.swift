import Foundation
import LongTailBasics

/// Draws one image of a class: the strokes moved, turned, scaled and bent a little, over a shaded and noisy ground.
enum GlyphRenderer {
    static let side = 32
    private static let area = side * side
    private static let segments = 8

    static func render(_ shape: GlyphShape, random: CounterRandom) throws(LongTailError) -> PixelImage {
        var random = random
        var coverage = [Float](repeating: 0, count: area)
        coverage.withUnsafeMutableBufferPointer { draw(shape, on: $0, &random) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 3 * area) { output, count in
            colour(output, coverage, &random)
            count = 3 * area
        }
        return try PixelImage(height: side, width: side, planes: bytes)
    }

    private static func draw(
        _ shape: GlyphShape, on coverage: UnsafeMutableBufferPointer<Float>, _ random: inout CounterRandom
    ) {
        let angle = Float(random.uniform(-0.45..<0.45))
        let scale = Float(random.uniform(7.5..<13.5))
        let shear = Float(random.uniform(-0.2..<0.2))
        let middle = Point(Float(random.uniform(11.5..<20.5)), Float(random.uniform(11.5..<20.5)))
        let radius = Float(random.uniform(0.6..<1.5))
        let (sine, cosine) = (scale * sin(angle), scale * cos(angle))
        func place(_ point: Point) -> Point {
            let wobble = Point(Float(random.uniform(-0.14..<0.14)), Float(random.uniform(-0.14..<0.14)))
            let (x, y) = (point.x + shear * point.y + wobble.x, point.y + wobble.y)
            return middle + Point(cosine * x - sine * y, sine * x + cosine * y)
        }
        // Half of the time a stray stroke in the same ink, so that a class is known by its whole drawing.
        let strays = (0..<random.below(2)).map { _ in GlyphShape.stroke(&random) }
        for stroke in shape.strokes + strays {
            let (start, control, end) = (place(stroke.start), place(stroke.control), place(stroke.end))
            var last = start
            for step in 1...segments {
                let t = Float(step) / Float(segments)
                let next = (1 - t) * (1 - t) * start + 2 * t * (1 - t) * control + t * t * end
                line(from: last, to: next, radius: radius, on: coverage)
                last = next
            }
        }
    }

    /// Raises `coverage` to how much of each pixel a round-ended line covers (distance to its edge, cut to [0, 1]).
    private static func line(
        from a: Point, to b: Point, radius: Float, on coverage: UnsafeMutableBufferPointer<Float>
    ) {
        let (reach, limit) = (radius + 1, Float(side))
        func pixels(_ p: Float, _ q: Float) -> Range<Int> {
            let low = Int(max(0, min(limit, min(p, q) - reach)))
            return low..<max(low, Int(max(0, min(limit, max(p, q) + reach))))
        }
        let along = b - a
        let length = max((along * along).sum(), 1e-6)
        let columns = pixels(a.x, b.x)
        for y in pixels(a.y, b.y) {
            for x in columns {
                let from = Point(Float(x) + 0.5, Float(y) + 0.5) - a
                let t = max(0, min(1, (from * along).sum() / length))
                let apart = from - t * along
                let cover = max(0, min(1, radius + 0.5 - (apart * apart).sum().squareRoot()))
                coverage[y * side + x] = max(coverage[y * side + x], cover)
            }
        }
    }

    /// Lays ink of one colour over a ground of two others, shaded into each other in a random direction.
    private static func colour(
        _ output: UnsafeMutableBufferPointer<UInt8>, _ coverage: [Float], _ random: inout CounterRandom
    ) {
        let dark = random.below(2) == 0
        let ground = SIMD3<Float>(repeating: Float(random.uniform(40..<110)))
        let inkShift = Float(random.uniform(40..<105))
        var (first, second, ink) = (tint(ground, &random), tint(ground, &random), tint(ground + inkShift, &random))
        if dark { (first, second, ink) = (255 - first, 255 - second, 255 - ink) }
        let angle = Float(random.uniform(0..<2 * Double.pi))
        let direction = Point(cos(angle), sin(angle)) / Float(side)
        let noise = Float(random.uniform(0.1..<0.5))
        for channel in 0..<3 {
            for y in 0..<side {
                var bits: UInt64 = 0
                for x in 0..<side {
                    if x % 4 == 0 { bits = random.next() }
                    // The sum of two uniform bytes: a triangular distribution, near enough to a normal one.
                    let grain = Float(bits & 255) + Float(bits >> 8 & 255) - 255
                    bits >>= 16
                    let mix = 0.5 + (Float(x) - 15.5) * direction.x + (Float(y) - 15.5) * direction.y
                    let under = first[channel] + (second[channel] - first[channel]) * mix
                    let value = under + (ink[channel] - under) * coverage[y * side + x] + noise * grain
                    output[channel * area + y * side + x] = UInt8(max(0, min(255, value.rounded())))
                }
            }
        }
    }

    private static func tint(_ grey: SIMD3<Float>, _ random: inout CounterRandom) -> SIMD3<Float> {
        func shift() -> Float { Float(random.uniform(-40..<40)) }
        return grey + SIMD3(shift(), shift(), shift())
    }
}
