import LongTailBasics

/// A point of a drawing; the drawing's square is [-1, 1] in both directions, y down.
typealias Point = SIMD2<Float>

/// What all images of a class have in common: three or four strokes.
struct GlyphShape: Sendable, Equatable {
    /// A quadratic Bézier curve from `start` to `end`, drawn towards `control`.
    struct Stroke: Sendable, Equatable {
        var start: Point
        var control: Point
        var end: Point
    }

    var strokes: [Stroke]

    /// The drawing of a class, from (seed, class).
    init(ofClass label: Int, seed: UInt64) {
        let isVariation = label % 6 == 1
        var random = CounterRandom(seed: seed, purpose: .glyphClass, index: isVariation ? label - 1 : label)
        strokes = (0..<3 + random.below(2)).map { _ in Self.stroke(&random) }
        guard isVariation else { return }
        var change = CounterRandom(seed: seed, purpose: .glyphClass, epoch: 1, index: label)
        let bent = change.below(strokes.count)
        // Away from the middle of the old stroke's chord, so that the change is visible whatever the stroke was.
        let chord = strokes[bent].end - strokes[bent].start
        let across = Point(-chord.y, chord.x) * (change.below(2) == 0 ? 0.4 : -0.4)
        strokes[bent].control += across
    }

    /// A stroke at least 0.8 long, half of the time nearly straight.
    static func stroke(_ random: inout CounterRandom) -> Stroke {
        while true {
            let (start, end) = (point(&random), point(&random))
            let chord = end - start
            guard (chord * chord).sum() > 0.64 else { continue }
            let bend = random.below(2) == 0 ? 0 : Float(random.uniform(-0.9..<0.9))
            return Stroke(start: start, control: (start + end) / 2 + Point(-chord.y, chord.x) * bend, end: end)
        }
    }

    private static func point(_ random: inout CounterRandom) -> Point {
        Point(Float(random.uniform(-0.9..<0.9)), Float(random.uniform(-0.9..<0.9)))
    }
}
