import Foundation
import LongTailBasics
import Testing

/// Paths as people write them.
@Suite struct PathTests {
    /// Name, folder, stem and ending; names, folders and endings as Python's `os.path` has them of a path without slashes at its end
    /// ("." for no folder, endings in lower case).
    @Test(
        "A path comes apart at its slashes, whatever it is",
        arguments: [
            ("a", "a", ".", "a", ""), ("a/b", "b", "a", "b", ""), ("a/b/", "b", "a", "b", ""),
            ("/a", "a", "/", "a", ""), ("/", "/", "/", "/", ""), ("//", "/", "/", "/", ""), ("", "", ".", "", ""),
            (" ", " ", ".", " ", ""), ("a//b", "b", "a", "b", ""), ("//a", "a", "/", "a", ""),
            ("a.tar.GZ", "a.tar.GZ", ".", "a.tar", "gz"), ("x/.hidden", ".hidden", "x", ".hidden", ""),
            ("a.", "a.", ".", "a.", ""), ("..", "..", ".", "..", ""), ("ä/é.JPG", "é.JPG", "ä", "é", "jpg"),
            (".a.b", ".a.b", ".", ".a", "b"),
        ])
    func parts(text: String, name: String, folder: String, stem: String, ending: String) {
        let path = Path(text)
        #expect((path.name, path.folder) == (name, folder))
        #expect((path.stem, path.ending) == (stem, ending))
    }

    @Test("An absolute path has no dots and no doubled slashes") func absolute() {
        let here = FileManager.default.currentDirectoryPath
        #expect(Path("a/./b//c/..").absolute == "\(here)/a/b")
        #expect(Path("").absolute == here && Path(".").absolute == here)
        #expect(Path("/../a").absolute == "/a" && Path("/").absolute == "/")
    }

    @Test("The real path leads past links; of nothing it is the absolute one") func real() throws {
        let folder = Path(NSTemporaryDirectory()).real + "/longtail-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write("x", to: "\(folder)/a/file")
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/b", withDestinationPath: "a")
        #expect(Path("\(folder)/b/file").real == "\(folder)/a/file")
        #expect(Path("\(folder)/b/none").real == "\(folder)/b/none")
        #expect(Path("\(folder)/b").isFolder && !Path("\(folder)/b").isFile && Path("\(folder)/b/file").isFile)
    }
}
