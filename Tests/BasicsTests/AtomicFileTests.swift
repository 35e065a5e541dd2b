import Foundation
import LongTailBasics
import LongTailFiles
import Testing

@Suite struct AtomicFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("longtail-\(UUID().uuidString)")
        .path

    @Test("A failed write leaves the old file and nothing beside it") func atomic() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a/b.txt"
        try AtomicFile.write("old", to: path)
        #expect(throws: LongTailError(.data, "no more")) {
            try AtomicFile.write(to: path) { (file) throws(LongTailError) in
                try file.put(Data("new".utf8))
                throw LongTailError(.data, "no more")
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

    @Test("What could not be written is told before there is anything to write; what is there stays") func check()
        throws
    {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a/b.txt"
        try AtomicFile.check(path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/a").isEmpty)
        try AtomicFile.write("old", to: path)
        try AtomicFile.check(path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        for (wrong, words) in [("\(folder)/a", "it is a folder"), ("\(path)/c", "b.txt is a file")] {
            do throws(LongTailError) {
                try AtomicFile.check(wrong)
                Issue.record("\(wrong) was accepted")
            } catch { #expect(error.problem.contains(words) && error.remedy != nil, "\(error)") }
        }
        #expect(throws: LongTailError.self) { try AtomicFile.write("x", to: "\(folder)/a") }
    }

    @Test("Digests are those of md5sum and sha256sum") func digest() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try AtomicFile.write("abc", to: "\(folder)/abc")
        let digest = try ContentHash.ofFile("\(folder)/abc")
        #expect(digest.md5 == "900150983cd24fb0d6963f7d28e17f72")
        #expect(digest.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("Who reads while a file is rewritten sees the old or the new one, whole") func readers() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/file"
        let texts = ["a", "b"].map { String(repeating: $0, count: 100_000) }
        try AtomicFile.write(texts[0], to: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for turn in 0..<50 { try AtomicFile.write(texts[turn % 2], to: path) }
            }
            for _ in 0..<200 {
                let seen = try String(contentsOfFile: path, encoding: .utf8)
                #expect(seen == texts[0] || seen == texts[1])
            }
            try await group.waitForAll()
        }
    }

    @Test("A file over several pieces has the digest of its bytes; a missing one is a failure") func longDigest() throws
    {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = Data((0..<(5 << 19)).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try AtomicFile.write(to: "\(folder)/long") { (file) throws(LongTailError) in
            try file.put(bytes.prefix(1000))
            try file.put(bytes.dropFirst(1000))
        }
        #expect(try ContentHash.ofFile("\(folder)/long").sha256 == ContentHash.sha256(bytes))
        #expect(throws: LongTailError.self) { try ContentHash.ofFile("\(folder)/absent") }
    }
}
