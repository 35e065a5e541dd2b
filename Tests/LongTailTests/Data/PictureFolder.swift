import Foundation
import LongTail

@testable import LongTailExperiments
@testable import LongTailTraining

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

/// A recipe of a data set on disk.
func recipe(_ name: DataRecipe.Name, _ set: (inout ListRecipe) -> Void = { _ in }) -> DataRecipe {
    var recipe = DataRecipe()
    recipe.name = name
    set(&recipe.lists)
    return recipe
}

/// What the pictures of a data set are called, in their order.
func identities(_ dataset: any Dataset) -> [String] { (0..<dataset.count).map { dataset.identity(of: $0) } }

/// The words of what goes wrong; "none" where nothing does.
func problem(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "none"
    } catch { return "\(error)" }
}
