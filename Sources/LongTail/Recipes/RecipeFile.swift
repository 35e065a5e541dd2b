import Basics
import Foundation

/// Recipe files as trees: reading, and `extends`.
enum RecipeFile {
    /// Far above any recipe; a larger file is something else.
    static let sizeLimit = 256 << 10
    /// How long a chain of `extends` may be.
    static let chainLimit = 8

    /// The tree of a file, laid over the trees of those that it extends.
    /// - Parameter path: A file, or the name of a built-in recipe where no such file exists.
    static func tree(_ path: String) throws(Failure) -> RecipeNode {
        if let text = BuiltInRecipes.text(path), !FileManager.default.fileExists(atPath: path) {
            return try tree(text: text, file: "the built-in recipe \(path)")
        }
        return try tree(path, chain: [])
    }

    /// The tree of a text; `extends` is relative to the folder of `file`.
    static func tree(text: String, file: String) throws(Failure) -> RecipeNode {
        try tree(text: text, file: file, chain: [file])
    }

    private static func tree(_ path: String, chain: [String]) throws(Failure) -> RecipeNode {
        try tree(text: read(path), file: path, chain: chain + [path])
    }

    private static func tree(text: String, file: String, chain: [String]) throws(Failure) -> RecipeNode {
        let root = try RecipeYAML.parse(text) { .file(file, line: $0, column: $1) }
        guard !root.isNull else {
            throw Failure(
                .usage, "\(file): the recipe is empty", remedy: "Start from one of the files in Recipes/.")
        }
        guard case .mapping(var entries) = root.content else { return root }
        guard let index = entries.firstIndex(where: { $0.key == "extends" }) else { return root }
        let entry = entries.remove(at: index)
        guard case .scalar(let name, _) = entry.value.content, !entry.value.isNull else {
            throw Failure(
                .usage, "\(entry.origin): extends must be the name of a recipe file, found \(entry.value.found)")
        }
        let base = name.hasPrefix("/") ? name : beside(file, name)
        guard !chain.map(standard).contains(standard(base)) else {
            let round = (chain + [base]).joined(separator: " → ")
            throw Failure(.usage, "\(entry.origin): recipes extend each other in a circle: \(round)")
        }
        guard chain.count < chainLimit else {
            throw Failure(.usage, "\(entry.origin): more than \(chainLimit) recipes extend each other")
        }
        let below: RecipeNode
        do { below = try tree(base, chain: chain) } catch {
            throw error.kind == .file ? error.at("\(entry.value.origin): extends") : error
        }
        return try below.overlaid(with: RecipeNode(.mapping(entries), origin: root.origin))
    }

    private static func beside(_ file: String, _ name: String) -> String {
        let folder = (file as NSString).deletingLastPathComponent
        return folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
    }

    private static func standard(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    private static func read(_ path: String) throws(Failure) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure(.file, "\(path): no such recipe", remedy: hint(for: path))
        }
        guard !isFolder.boolValue, let file = FileHandle(forReadingAtPath: path) else {
            throw Failure(.file, "\(path): cannot be read as a recipe", remedy: "Name a YAML file that you may read.")
        }
        let data: Data
        do { data = try file.read(upToCount: sizeLimit + 1) ?? Data() } catch {
            throw Failure(.file, "\(path): cannot be read: \(error.localizedDescription)")
        }
        guard data.count <= sizeLimit else {
            throw Failure(
                .usage, "\(path): larger than \(sizeLimit >> 10) KiB, which no recipe is",
                remedy: "Name a recipe, in YAML.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.usage, "\(path): not text in UTF-8", remedy: "Save the recipe as UTF-8.")
        }
        return text
    }

    /// The nearest file in the same folder, if any.
    private static func hint(for path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        let there = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        let recipes = there.filter { $0.hasSuffix(".yaml") }.sorted()
        guard let name = nearest((path as NSString).lastPathComponent, among: recipes) else {
            return "The recipes that come with longtail are in Recipes/."
        }
        return "Did you mean '\(folder.isEmpty ? name : "\(folder)/\(name)")'?"
    }
}
