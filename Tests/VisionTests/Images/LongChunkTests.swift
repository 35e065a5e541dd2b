import Foundation
import LongTail
import Testing

struct LongChunkTests {
    @Test("A chunk that announces more than the file holds is refused before memory is asked for") func refused() throws
    {
        let tests = URL(fileURLWithPath: #filePath).path.components(separatedBy: "/VisionTests/")[0]
        let file = URL(fileURLWithPath: "\(tests)/../Fuzzing/Findings/png/long-chunk")
        let bytes = try [UInt8](Data(contentsOf: file))
        var problem: String?
        do throws(LongTailError) { _ = try EncodedImage(bytes, name: "x.png") } catch { problem = error.problem }
        #expect(problem?.contains("too large") == true, "\(problem ?? "read")")
    }
}
