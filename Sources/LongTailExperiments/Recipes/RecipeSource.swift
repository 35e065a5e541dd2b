import Foundation
import LongTailBasics

/// What the name of a recipe stands for.
enum RecipeSource: Equatable {
    /// A recipe that needs no file.
    case builtIn(name: String, text: String)
    /// A file, or something else on the disk that the name leads to.
    case file(String)
    /// Nothing: where it was looked for, and the name.
    case missing(String, name: String)

    /// A file of that path wins; then come the built-in recipes, and those that come with the program.
    /// - Parameter path: Where a file of the name would be; the name itself by default.
    init(_ name: String, at path: String? = nil, library: RecipeLibrary = .current) {
        let path = path ?? name
        let isThere = FileManager.default.fileExists(atPath: path)
        if isThere, !Path(path).isFolder {
            self = .file(path)
        } else if let text = BuiltInRecipes.text(name) {
            self = .builtIn(name: name, text: text)
        } else if let file = library.file(name) {
            self = .file(file)
        } else {
            self = isThere && library.members(of: name).isEmpty ? .file(path) : .missing(path, name: name)
        }
    }

    /// What messages call it.
    var place: String {
        switch self {
        case .builtIn(let name, _): "the built-in recipe \(name)"
        case .file(let path), .missing(let path, _): path
        }
    }

    /// What is wrong with a name that leads nowhere.
    static func failure(_ path: String, name: String, library: RecipeLibrary = .current) -> LongTailError {
        let members = library.members(of: name)
        guard members.isEmpty else {
            return LongTailError(
                .file, "\(name): a folder of recipes, not one", remedy: "Name one: \(members.joined(separator: ", "))")
        }
        let meant = beside(path).map { [$0] } ?? library.suggestions(for: name)
        let words = meant.map { "'\($0)'" }.joined(separator: " or ")
        return LongTailError(
            .file, "\(path): no such recipe",
            remedy: (words.isEmpty ? "" : "Did you mean \(words)?  ")
                + "\(Wording.command("recipe list")) shows those that come with longtail.")
    }

    /// The nearest recipe file in the same folder.
    private static func beside(_ path: String) -> String? {
        let folder = Self.folder(of: path)
        let there = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return nearest(
            String(path.dropFirst(folder.count)), among: there.filter { $0.hasSuffix(".yaml") }.sorted()
        ).map { folder + $0 }
    }

    /// Everything up to the last "/", which stays; empty without one.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}
