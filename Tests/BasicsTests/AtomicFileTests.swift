import Basics
import Foundation
import Testing

@Suite struct AtomicFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)")
        .path

    @Test("A failed write leaves the old file and nothing beside it") func atomic() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a/b.txt"
        try AtomicFile.write("old", to: path)
        #expect(throws: Failure(.data, "no more")) {
            try AtomicFile.write(to: path) { (put) throws(Failure) in
                try put(Data("new".utf8))
                throw Failure(.data, "no more")
            }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a") == ["b.txt"])
        try AtomicFile.write("new", to: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    }

    @Test("A folder that cannot be made is a failure with a way out") func folders() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write("x", to: "\(folder)/file")
        do {
            try AtomicFile.write("x", to: "\(folder)/file/below/it")
            Issue.record("no failure")
        } catch { #expect(error.kind == .file && error.remedy != nil) }
    }

    @Test("Digests are those of md5sum and sha256sum") func digest() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write("abc", to: "\(folder)/abc")
        let digest = try Digest.ofFile("\(folder)/abc")
        #expect(digest.md5 == "900150983cd24fb0d6963f7d28e17f72")
        #expect(digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
