import LongTail
import Testing

@Suite struct ResizeTests {
    struct Case: Decodable {
        let side: Int
        let source: [Int]
        let result: Expected
    }

    @Test("Resizing and cutting gives Pillow's bytes, shrinking and growing, upright and wide")
    func parity() throws {
        let sources = try Fixture<[String: Expected]>.read("sources.json")
        for expected in try Fixture<[Case]>.read("resizes.json") {
            let source = try #require(sources["\(expected.source[0])x\(expected.source[1])"]).image
            let result = try Transform([Resize(expected.side), CenterCrop(expected.side)]).apply(source)
            #expect(try result == expected.result.image, "\(expected.source) to \(expected.side)")
            // Cutting what has been made first is the same as making only what is cut.
            let first = try Transform([Resize(expected.side)]).apply(source)
            #expect(try Transform([CenterCrop(expected.side)]).apply(first) == result)
        }
    }

    struct Interpolated: Decodable {
        let by: Interpolation
        let side: Int
        let source: [Int]
        let result: Expected
    }

    @Test("Bicubic and Lanczos give Pillow's bytes, by loops of either kind")
    func interpolations() throws {
        let sources = try Fixture<[String: Expected]>.read("sources.json")
        for expected in try Fixture<[Interpolated]>.read("interpolations.json") {
            let source = try #require(sources["\(expected.source[0])x\(expected.source[1])"]).image
            let steps: [any TransformStep] = [Resize(expected.side, expected.by), CenterCrop(expected.side)]
            let result = try Transform(steps).apply(source)
            let wanted = try expected.result.image
            let difference = zip(result.bytes, wanted.bytes).map { abs(Int($0) - Int($1)) }.max()
            #expect(difference == 0, "\(expected.by) \(expected.source) to \(expected.side)")
        }
    }

    @Test("Squashed, both sides get one length, with Pillow's bytes")
    func squashed() throws {
        let sources = try Fixture<[String: Expected]>.read("sources.json")
        for expected in try Fixture<[Interpolated]>.read("squashed.json") {
            let source = try #require(sources["\(expected.source[0])x\(expected.source[1])"]).image
            let steps: [any TransformStep] = [Resize(expected.side, expected.by, squashes: true)]
            #expect(try Transform(steps).apply(source) == expected.result.image)
            let wide = ImageSize(height: expected.source[0], width: expected.source[1])
            #expect(try Transform(steps).outputSize(of: "x", from: wide) == ImageSize(side: expected.side))
        }
    }

    @Test("A picture of one colour keeps it, at any size")
    func constant() throws {
        let image = try PixelImage(height: 17, width: 90, bytes: Array(repeating: 201, count: 3 * 17 * 90))
        for side in [1, 2, 16, 17, 50] {
            let resized = try Transform([Resize(side)]).apply(image)
            #expect(resized.height == side && resized.width == side * 90 / 17)
            #expect(Set(resized.bytes) == [201])
        }
    }

    @Test("Impossible sizes are refused")
    func refused() throws {
        let narrow = try PixelImage(height: 1, width: 70_000, bytes: Array(repeating: 0, count: 210_000))
        #expect(failure { _ = try Transform([Resize(32)]).apply(narrow) }?.problem.contains("70000 × 1") == true)
        #expect(failure { _ = try Transform([Resize(.max)]).apply(narrow) } != nil)
        #expect(failure { _ = try Transform([Resize(0)]).apply(narrow) } != nil)
        #expect(failure { _ = try Transform([RandomCrop(2)]).apply(narrow) } != nil)
        #expect(failure { _ = try PixelImage(height: .max, width: 3, bytes: []) } != nil)
    }

    @Test("Half pixels of the middle cut go to the even side, or down")
    func halfPixels() throws {
        // 3 × 3 to 2: offset 0.5 becomes 0; 5 × 5 to 2: offset 1.5 becomes 2, or 1 (transformers' (5 - 2) // 2).
        func middle(_ side: Int, _ rounding: CropRounding = .even) throws -> [UInt8] {
            let pixels = (0..<3 * side * side).map { $0 % 3 == 0 ? UInt8($0 / 3) : 0 }
            let image = try Transform([CenterCrop(2, rounding: rounding)])
                .apply(PixelImage(height: side, width: side, bytes: pixels))
            return [0, 3, 6, 9].map { image.bytes[$0] }
        }
        #expect(try middle(3) == [0, 1, 3, 4])
        #expect(try middle(5) == [12, 13, 17, 18])
        #expect(try middle(3, .down) == [0, 1, 3, 4])
        #expect(try middle(5, .down) == [6, 7, 11, 12])
    }
}
