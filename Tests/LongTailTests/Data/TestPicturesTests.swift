import Foundation
import LongTail
import Testing

@testable import LongTailTraining

/// Test pictures are looked at before anything is trained.
@Suite struct TestPicturesTests {
    private func images(_ folder: PictureFolder, _ names: [String]) throws -> ListedImages {
        var table = PathTable()
        for name in names { table.append(name) }
        let list = try ImageList(
            source: "list", paths: table, labels: Array(repeating: 0, count: names.count), classNames: ["a"])
        return ListedImages(name: "list", list: list, root: ImageRoot(folder.path))
    }

    private func problem(_ images: ListedImages, whole: Bool = false) -> String? {
        do throws(LongTailError) { try TestPictures.require(images, "test", whole: whole) } catch {
            return error.problem
        }
        return nil
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../VisionTests/Fixtures/\(name)").standardizedFileURL)
    }

    @Test("Missing, empty, cut and false pictures are found by their ends alone, whatever the format")
    func headers() throws {
        let folder = try PictureFolder()
        for name in ["rgb-444.jpg", "rgb.png", "lossy.webp"] {
            guard let whole = try? bytes(name) else { continue }
            try AtomicFile.write(whole, to: folder.path("whole-\(name)"))
            try AtomicFile.write(whole.prefix(whole.count * 3 / 4), to: folder.path("cut-\(name)"))
            #expect(problem(try images(folder, ["whole-\(name)"])) == nil, "\(name)")
            let text = try #require(problem(try images(folder, ["whole-\(name)", "cut-\(name)"])), "\(name)")
            #expect(text.hasPrefix("1 of 2 test pictures cannot be read: ") && text.contains("cut-\(name)"))
        }
        try folder.write("empty.jpg", "")
        try folder.write("page.jpg", "<html>404</html>")
        let three = try images(folder, ["empty.jpg", "page.jpg", "absent.jpg"])
        let text = try #require(problem(three))
        for words in [
            "3 of 3", "empty.jpg is empty", "page.jpg is neither", "absent.jpg is not there, but list names it",
        ] {
            #expect(text.contains(words), "\(text)")
        }
    }

    @Test("Large files are read at their ends; a long header and bytes after the end do no harm") func large() throws {
        let folder = try PictureFolder()
        let jpeg = try bytes("rgb-444.jpg")
        // Comments of 64 KB each push the frame's header beyond what is read from the beginning.
        let comment = Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(repeating: 32, count: 0xFFFD)
        let long = jpeg.prefix(2) + Data((0..<8).map { _ in comment }.joined()) + jpeg.dropFirst(2)
        try AtomicFile.write(long, to: folder.path("long.jpg"))
        try AtomicFile.write(long.dropLast(2), to: folder.path("long-cut.jpg"))
        try AtomicFile.write(jpeg + Data(count: 400_000), to: folder.path("zeros.jpg"))
        try AtomicFile.write(try bytes("rgb.png") + Data(count: 400_000), to: folder.path("zeros.png"))
        #expect(problem(try images(folder, ["long.jpg", "zeros.jpg", "zeros.png"])) == nil)
        #expect(problem(try images(folder, ["long-cut.jpg"]))?.contains("the file ends early") == true)
    }

    @Test("Damage within is found where everything is decoded") func whole() throws {
        let folder = try PictureFolder()
        var png = try bytes("rgb.png")
        png.resetBytes(in: png.count / 2..<png.count / 2 + 16)
        try AtomicFile.write(png, to: folder.path("damaged.png"))
        let images = try images(folder, ["damaged.png"])
        #expect(problem(images) == nil)
        #expect(problem(images, whole: true)?.contains("damaged.png: broken PNG") == true)
    }
}
