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

    @Test("Many files are looked at by many threads, and stand in their order") func many() throws {
        let folder = try RunFolder()
        let names = (0..<5_000).map { "\($0).png" }
        for (number, name) in names.enumerated() where number != 4_321 {
            try folder.write("images/\(name)", String(repeating: "x", count: number % 11))
        }
        let list = try ImageList(
            source: "list", paths: PathTable(names), labels: names.map { _ in 0 }, classNames: ["cat"])
        let images = ListedImages(name: "list", list: list, root: ImageRoot(folder.path("images")))
        let sizes = ImageStamps(lookingAt: [images, images]).text.split(separator: "\n").map {
            $0.split(separator: " ")[0]
        }
        let expected = names.indices.map { $0 == 4_321 ? "-1" : "\($0 % 11)" }
        #expect(sizes.map(String.init) == expected + expected)
        try folder.write("images/4999.png", "another length")
        let changes = ImageStamps(lookingAt: [images]).changes(since: ImageStamps(lookingAt: [images]))
        #expect(changes.problem(of: "run") == nil)
    }
}
