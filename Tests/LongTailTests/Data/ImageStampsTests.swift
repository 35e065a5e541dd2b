import Foundation
import LongTail
import Testing

@testable import LongTailTraining

struct ImageStampsTests {
    @Test("The time of a picture may be any that a disk can keep", arguments: [0, 13_569_465_600])
    func times(seconds: Int) throws {
        let folder = try RunFolder()
        try folder.write("images/a.png", "x")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(seconds))], ofItemAtPath: folder.path("images/a.png")
        )
        let list = try ImageList(source: "list", paths: PathTable(["a.png"]), labels: [0], classNames: ["cat"])
        let images = ListedImages(name: "list", list: list, root: ImageRoot(folder.path("images")))
        let stamps = ImageStamps(lookingAt: [images])
        let changes = stamps.changes(since: try #require(ImageStamps(stamps.text)))
        #expect(changes.problem(of: "run") == nil && changes.note == nil)
    }
}
