import Foundation
import LongTail

/// Folders of small pictures and lists, for tests of data sets on disk.
final class PictureFolder {
    private let folder: RunFolder
    var path: String { folder.path(".").replacingOccurrences(of: "/.", with: "") }

    init() throws { folder = try RunFolder() }

    func path(_ name: String) -> String { folder.path(name) }

    func write(_ name: String, _ text: String) throws(LongTailError) { try folder.write(name, text) }

    /// Puts pictures there, each of bytes of its own so that no two have the same content.
    func pictures(_ names: [String]) throws {
        let picture = try Data(contentsOf: Self.picture)
        for name in names { try AtomicFile.write(picture + Data(name.utf8), to: path(name)) }
    }

    /// Lines of a list.
    static func lines(_ entries: [(String, Int)]) -> String { entries.map { "\($0.0) \($0.1)\n" }.joined() }

    private static let picture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../VisionTests/Fixtures/rgb-444.jpg").standardizedFileURL
}
