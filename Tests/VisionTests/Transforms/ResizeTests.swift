import Basics
import Testing
import Vision

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
            let resized = try source.resized(shorterSide: expected.side)
            let result = try resized.centerCropped(height: expected.side, width: expected.side)
            #expect(try result == expected.result.image, "\(expected.source) to \(expected.side)")
        }
    }

    @Test("A picture of one colour keeps it, at any size")
    func constant() throws {
        let image = try PixelImage(height: 17, width: 90, bytes: Array(repeating: 201, count: 3 * 17 * 90))
        for side in [1, 2, 16, 17, 50] {
            let resized = try image.resized(shorterSide: side)
            #expect(resized.height == side && resized.width == side * 90 / 17)
            #expect(Set(resized.bytes) == [201])
        }
    }

    @Test("Impossible sizes are refused")
    func refused() throws {
        let narrow = try PixelImage(height: 1, width: 70_000, bytes: Array(repeating: 0, count: 210_000))
        #expect(failure { _ = try narrow.resized(shorterSide: 32) }?.problem.contains("70000 × 1") == true)
        #expect(failure { _ = try narrow.resized(shorterSide: .max) } != nil)
        #expect(failure { _ = try narrow.resized(shorterSide: 0) } != nil)
        #expect(failure { _ = try narrow.centerCropped(height: 2, width: 2) } != nil)
        #expect(failure { _ = try PixelImage(height: .max, width: 3, bytes: []) } != nil)
    }

    @Test("Half pixels of the middle cut go to the even side")
    func halfToEven() throws {
        // 3 × 1 to 2: offset 0.5 becomes 0; 5 × 1 to 2: offset 1.5 becomes 2.
        let three = try PixelImage(height: 1, width: 3, bytes: [1, 2, 3, 1, 2, 3, 1, 2, 3])
        #expect(try three.centerCropped(height: 1, width: 2).bytes == [1, 2, 1, 2, 1, 2])
        let row: [UInt8] = [1, 2, 3, 4, 5]
        let five = try PixelImage(height: 1, width: 5, bytes: row + row + row)
        #expect(try five.centerCropped(height: 1, width: 2).bytes == [3, 4, 3, 4, 3, 4])
    }
}
