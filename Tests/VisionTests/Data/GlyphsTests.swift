import LongTail
import Testing

@Suite struct GlyphsTests {
    @Test("An image is a function of seed, class, number and split, whatever the data set's size")
    func function() throws {
        let small = try Glyphs(classes: 8, imagesPerClass: 3, split: .train, seed: 5)
        let large = try Glyphs(classes: 20, imagesPerClass: 7, split: .train, seed: 5)
        for label in 0..<8 {
            for number in 0..<3 {
                let (a, b) = (label * 3 + number, label * 7 + number)
                #expect(try small.image(at: a) == large.image(at: b))
                #expect(small.identity(of: a) == large.identity(of: b))
            }
        }
        #expect(small.identity(of: 23) == "glyph-007/train/00002")
        #expect(large.classNames[17] == "glyph-017" && large.labels[6...7] == [0, 1])
    }

    @Test("Seeds, splits, classes and numbers give different images")
    func different() throws {
        var seen: [[UInt8]] = []
        for (split, seed) in [(DataSplit.train, UInt64(0)), (.test, 0), (.train, 1)] {
            let data = try Glyphs(classes: 4, imagesPerClass: 5, split: split, seed: seed)
            for index in 0..<data.count { seen.append(try data.image(at: index).planes) }
        }
        #expect(Set(seen).count == 60)
    }

    @Test("The bytes are those of the first release: recipes' numbers rest on them")
    func pinned() throws {
        let data = try Glyphs(classes: 10, imagesPerClass: 2, split: .train, seed: 0)
        var sum: UInt32 = 0
        for index in 0..<data.count { sum ^= adler32(try data.image(at: index).planes) }
        #expect(sum == 883_616_475)
    }

    @Test("Ink shows: the middle of an image differs from its ground far more than in an image of noise alone")
    func visible() throws {
        let data = try Glyphs(classes: 12, imagesPerClass: 10, split: .test, seed: 3)
        for label in 0..<12 {
            // Contrast of 4 × 4 means, which removes the noise and keeps the strokes.
            let contrast = try (0..<10).map { number -> Int in
                let bytes = try data.image(at: label * 10 + number).planes
                let means = (0..<64).map { cell in
                    (0..<16).reduce(0) { $0 + Int(bytes[(cell / 8 * 4 + $1 / 4) * 32 + cell % 8 * 4 + $1 % 4]) } / 16
                }
                return (means.max() ?? 0) - (means.min() ?? 0)
            }
            #expect(contrast.sorted()[5] > 40, "class \(label): \(contrast)")
        }
    }

    @Test("Impossible numbers are refused", arguments: [(0, 1), (1, 0), (-1, 5), (Int.max, 2), (5000, 5000)])
    func refused(classes: Int, images: Int) {
        #expect(failure { _ = try Glyphs(classes: classes, imagesPerClass: images, split: .train) }?.kind == .usage)
    }
}
