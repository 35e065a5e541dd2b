import Foundation
import LongTailBasics
import LongTailRecipeCoding
import LongTailSerialization

/// Recipe files as trees: reading, and `extends`.
enum RecipeFile {
    /// Far above any recipe; a larger file is something else.
    static let sizeLimit = 256 << 10
    /// How long a chain of `extends` may be.
    static let chainLimit = 8

    /// The tree of a recipe, laid over the trees of those that it extends.
    static func tree(_ source: RecipeSource) throws(LongTailError) -> RecipeNode { try tree(source, chain: []) }

    /// The tree of a text; `extends` is looked for beside `file`, then among the recipes that come with the program.
    static func tree(text: String, file: String) throws(LongTailError) -> RecipeNode {
        try tree(text: text, file: file, chain: [file])
    }

    private static func tree(_ source: RecipeSource, chain: [String]) throws(LongTailError) -> RecipeNode {
        let place = source.place
        return try tree(text: text(source), file: place, chain: chain + [place])
    }

    private static func text(_ source: RecipeSource) throws(LongTailError) -> String {
        switch source {
        case .builtIn(_, let text): text
        case .file(let path): try read(path)
        case .missing(let path, let name): throw RecipeSource.failure(path, name: name)
        }
    }

    private static func tree(text: String, file: String, chain: [String]) throws(LongTailError) -> RecipeNode {
        let root = try RecipeYAML.parse(text) { .file(file, line: $0, column: $1) }
        guard !root.isNull else {
            throw LongTailError(
                .usage, "\(file): the recipe is empty",
                remedy: "Start from one that comes with longtail: \(Wording.command("recipe list"))")
        }
        guard case .mapping(var entries) = root.content else { return root }
        guard let index = entries.firstIndex(where: { $0.key == "extends" }) else { return root }
        let entry = entries.remove(at: index)
        guard case .scalar(let name, _) = entry.value.content, !entry.value.isNull else {
            throw LongTailError(
                .usage, "\(entry.origin): extends must be the name of a recipe file, found \(entry.value.found)")
        }
        let base = RecipeSource(name, at: name.hasPrefix("/") ? name : RecipeSource.folder(of: file) + name)
        guard !chain.contains(where: { Path($0).real == Path(base.place).real }) else {
            let round = (chain + [base.place]).joined(separator: " → ")
            throw LongTailError(.usage, "\(entry.origin): recipes extend each other in a circle: \(round)")
        }
        guard chain.count < chainLimit else {
            throw LongTailError(.usage, "\(entry.origin): more than \(chainLimit) recipes extend each other")
        }
        let below: RecipeNode
        do { below = try tree(base, chain: chain) } catch {
            throw error.kind == .file ? error.at("\(entry.value.origin): extends") : error
        }
        return try below.overlaid(with: RecipeNode(.mapping(entries), origin: root.origin))
    }

    private static func read(_ path: String) throws(LongTailError) -> String {
        let file: FileBytes
        do { file = try FileBytes(path: path) } catch {
            throw LongTailError(
                .file, "\(path): cannot be read as a recipe: \(error.problem)",
                remedy: "Name a YAML file that you may read.")
        }
        guard file.size <= sizeLimit else {
            throw LongTailError(
                .usage, "\(path): larger than \(sizeLimit >> 10) KiB, which no recipe is",
                remedy: "Name a recipe, in YAML.")
        }
        let data = try file.all()
        guard let text = String(validating: data, as: UTF8.self) else {
            throw LongTailError(.usage, "\(path): not text in UTF-8", remedy: "Save the recipe as UTF-8.")
        }
        return text
    }
}
