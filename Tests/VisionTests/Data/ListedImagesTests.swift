import Foundation
import LongTail
import Testing

/// Folders of pictures, and the pictures of a list.
@Suite struct ListedImagesTests {
    private func open(_ folder: String) throws(LongTailError) -> ListedImages {
        ListedImages(name: "folder", list: try .folder(folder), root: ImageRoot(folder))
    }

    private func put(_ fixture: String, _ path: String) throws {
        try AtomicFile.write(try Data(contentsOf: fixtures.appending(path: fixture)), to: path)
    }

    @Test("Classes are sorted folders; pictures count by content, nested ones too; the rest is ignored and counted")
    func layout() throws {
        try withFolder { folder in
            try put("rgb.png", "\(folder)/zebra/2.JPEG")
            try put("rgb-420.jpg", "\(folder)/zebra/deep/1.picture")
            try put("rgb-444.jpg", "\(folder)/Ant/x.jpg")
            try AtomicFile.write("notes", to: "\(folder)/Ant/readme.txt")
            try AtomicFile.write("", to: "\(folder)/Ant/.hidden.jpg")
            try AtomicFile.write("notes", to: "\(folder)/top.txt")
            let data = try open(folder)
            #expect(data.classNames == ["Ant", "zebra"])
            #expect(data.labels == [0, 1, 1])
            #expect((0..<3).map(data.identity(of:)) == ["Ant/x.jpg", "zebra/2.JPEG", "zebra/deep/1.picture"])
            #expect(data.list.leftOut.words == "1 file that is no picture")
            let pictures = try Fixture<[String: Expected]>.read("pictures.json")
            let whole = try #require(pictures["rgb.png"]).image
            #expect(try data.image(at: 1) == whole)
            #expect(failure { _ = try data.image(at: 3) } != nil)
        }
    }

    @Test("Missing folders, empty classes and broken pictures are named")
    func broken() throws {
        try withFolder { folder in
            func message() -> String { failure { _ = try open(folder) }?.problem ?? "none" }
            #expect(message() == "\(folder) holds no class folders")
            try put("rgb.png", "\(folder)/a/1.png")
            try AtomicFile.write("notes", to: "\(folder)/b/readme.txt")
            #expect(message() == "the class folder \(folder)/b holds no JPEG, PNG or WebP (1 file that is no picture)")
            try AtomicFile.write("notes", to: "\(folder)/b/picture.png")
            #expect(message().contains("\(folder)/b/picture.png is neither a JPEG, a PNG nor a WebP"))
            try AtomicFile.write("", to: "\(folder)/b/picture.png")
            #expect(message() == "\(folder)/b/picture.png is empty")
            let kept = try ImageList.folder(folder, broken: .skip)
            #expect(kept.labels == [0, 1] && kept.unreadable == [1: "\(folder)/b/picture.png is empty"])
            #expect(try kept.selecting([1]).unreadable == [0: "\(folder)/b/picture.png is empty"])
            let whole = try Data(contentsOf: fixtures.appending(path: "rgb.png"))
            try AtomicFile.write(whole.prefix(300), to: "\(folder)/b/picture.png")
            let data = try open(folder)
            #expect(
                failure { _ = try data.image(at: 1) }?.problem.contains("\(folder)/b/picture.png: broken PNG") == true)
            #expect(failure { _ = try open("\(folder)/none") }?.problem.contains("none") == true)
        }
    }

    @Test(
        "Real photographs are read by size first",
        .enabled(if: hasRealData("imagenet-samples"), "no ../shared/data"))
    func photographs() throws {
        try withFolder { folder in
            let samples = realData.appending(path: "imagenet-samples").path
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/all", withDestinationPath: samples)
            let data = try open(folder)
            #expect(data.count == 64)
            #expect(data.nativeSize == nil)
            #expect(try data.image(at: 5).size == data.source(at: 5).size)
        }
    }
}
