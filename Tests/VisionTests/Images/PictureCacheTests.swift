import LongTail
import Testing

@testable import LongTailVision

@Suite struct PictureCacheTests {
    @Test("Pictures are kept while there is room, and none is dropped for another")
    func limit() throws {
        let cache = ImageCache(limit: 7)
        for index in 0..<4 {
            #expect(cache.hasRoom(for: ImageSize(side: 1)) == (index < 2))
            cache.keep(try PixelImage(height: 1, width: 1, bytes: [UInt8(index), 0, 0]), index)
        }
        #expect((0..<4).map { cache[$0]?.bytes[0] } == [0, 1, nil, nil])
        #expect(cache.filling == (2, 6))
    }
}
