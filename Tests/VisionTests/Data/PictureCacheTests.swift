import Basics
import Testing

@testable import Vision

@Suite struct PictureCacheTests {
    @Test("A picture is made once while there is room, and each time when there is none")
    func limit() throws {
        let cache = PictureCache(count: 4, limit: 7)
        var made = [0, 0, 0, 0]
        for _ in 0..<3 {
            for index in 0..<4 {
                let image = try cache.image(index) { () throws(Failure) in
                    made[index] += 1
                    return try PixelImage(height: 1, width: 1, bytes: [UInt8(index), 0, 0])
                }
                #expect(image.bytes[0] == UInt8(index))
            }
        }
        #expect(made == [1, 1, 3, 3])
    }

    @Test("A failure is passed on and not kept")
    func failing() throws {
        let cache = PictureCache(count: 1)
        #expect(
            failure { _ = try cache.image(0) { () throws(Failure) in throw Failure(.data, "broken") } }?.problem
                == "broken")
        #expect(
            try cache.image(0) { () throws(Failure) in try PixelImage(height: 1, width: 1, bytes: [1, 2, 3]) }.width
                == 1)
    }
}
