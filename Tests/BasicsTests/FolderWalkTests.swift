import Foundation
import Testing

@testable import LongTailBasics

/// Every kind of thing that a file system can hold below a folder.
@Suite struct FolderWalkTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "longtail-walk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer {
            chmod("\(path)/locked", 0o700)
            try? FileManager.default.removeItem(atPath: path)
        }
        try body(path)
    }

    @Test("Files, folders, links, pipes and names of any bytes are told, in one order") func kinds() throws {
        try withFolder { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: "\(folder)/deep/er", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/deep/er/b"))
            try Data().write(to: URL(fileURLWithPath: "\(folder)/a"))
            try Data().write(to: URL(fileURLWithPath: "\(folder)/.hidden"))
            try files.createSymbolicLink(atPath: "\(folder)/dead", withDestinationPath: "nowhere")
            try files.createSymbolicLink(atPath: "\(folder)/loop", withDestinationPath: ".")
            try files.createSymbolicLink(atPath: "\(folder)/self", withDestinationPath: "self")
            try files.createSymbolicLink(atPath: "\(folder)/same", withDestinationPath: "a")
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            let latin = Array("\(folder)/b".utf8) + [0xE4] + Array("r.jpg".utf8) + [0]
            latin.withUnsafeBytes { bytes in
                guard let name = bytes.bindMemory(to: CChar.self).baseAddress else { return }
                close(open(name, O_CREAT | O_WRONLY, 0o600))
            }
            let found = try FolderWalk.below(folder)
            let kinds = Dictionary(found.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
            #expect(kinds["deep/er/b"] == .file && kinds["a"] == .file && kinds["same"] == .file)
            #expect(kinds["dead"] == .deadLink && kinds["self"] == .deadLink && kinds["loop"] == .folderLink)
            #expect(kinds["pipe"] == .special)
            #expect(found.filter { !$0.isText }.map(\.path) == ["b\u{FFFD}r.jpg"])
            #expect(found.filter(\.isHidden).map(\.path) == [".hidden"])
            #expect(found.map(\.path) == found.map(\.path).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            // A link to a folder is one in the folder itself.
            #expect(try FolderWalk.list(folder).first { $0.path == "loop" }?.kind == .folder)
        }
    }

    @Test("A folder that may not be read is told", .enabled(if: getuid() != 0, "root may read everything"))
    func locked()
        throws
    {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/locked", withIntermediateDirectories: true)
            chmod("\(folder)/locked", 0)
            #expect(try FolderWalk.below(folder).map(\.kind) == [.lockedFolder])
        }
    }

    @Test("A thousand folders in each other are walked, and a folder that is not there is a failure") func deep() throws
    {
        try withFolder { folder in
            let path = folder + String(repeating: "/d", count: 1000)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: "\(path)/file"))
            #expect(try FolderWalk.below(folder).map(\.kind) == [.file])
            #expect(throws: LongTailError.self) { try FolderWalk.below("\(folder)/no") }
        }
    }
}
