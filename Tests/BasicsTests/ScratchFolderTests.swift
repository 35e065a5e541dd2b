import Foundation
import LongTailBasics
import Testing

/// Folders that last as long as their process.
@Suite struct ScratchFolderTests {
    @Test("Those of processes that are no more are removed, others are left") func sweep() throws {
        let own = try ScratchFolder()
        defer { own.remove() }
        try AtomicFile.write("x", to: own.path("a/file"))
        var entry = stat()
        #expect(stat(own.folder, &entry) == 0 && entry.st_mode & 0o777 == 0o700)

        // As a killed process leaves it: the file of the lock, which nobody holds.
        let left = own.folder.replacing("-\(getpid())-", with: "-1-")
        try #require(left != own.folder)
        try AtomicFile.write("", to: "\(left)/.lock")
        try AtomicFile.write("x", to: "\(left)/model")
        // What has no lock is somebody else's.
        let strange = own.folder.replacing("-\(getpid())-", with: "-2-")
        try AtomicFile.write("x", to: "\(strange)/file")
        defer { try? FileManager.default.removeItem(atPath: strange) }

        // One that a process shares whose maker is gone.
        let shared = own.folder.replacing("-\(getpid())-", with: "-3-")
        try AtomicFile.write("", to: "\(shared)/.lock")
        ScratchFolder.share(shared)
        defer { try? FileManager.default.removeItem(atPath: shared) }

        let next = try ScratchFolder()
        #expect(FileManager.default.fileExists(atPath: shared))
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(FileManager.default.fileExists(atPath: own.path("a/file")))
        #expect(FileManager.default.fileExists(atPath: "\(strange)/file"))
        next.remove()
        #expect(!FileManager.default.fileExists(atPath: next.folder))
    }
}
