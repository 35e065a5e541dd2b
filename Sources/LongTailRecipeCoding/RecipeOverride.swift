import LongTailBasics

/// One `--set key.path=value`: replaces one value of a recipe's tree.
///
/// A step into a list (`NamedList`) is an entry's number, from 0, or its name or kind where only one has it. The value is
/// YAML, so that `key=[60, 80]` works.
package struct RecipeOverride {
    /// The option as typed, for messages.
    private let option: String
    private let keys: [String]
    private let value: RecipeNode

    /// Reads `key.path=value`; messages show an example of one, and of one that leads into a list.
    package init(_ text: String, example: String, listExample: String) throws(LongTailError) {
        option = Wording.option("set", text)
        guard let equals = text.firstIndex(of: "=") else {
            throw LongTailError(
                .usage, "\(option): no '=' in it",
                remedy: "Write \(Wording.option("set", "key=value")), as in \(Wording.option("set", example)).")
        }
        keys = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !keys.contains("") else {
            throw LongTailError(
                .usage, "\(option): the key before '=' is not complete",
                remedy: "Write \(Wording.option("set", "key=value")), as in \(Wording.option("set", listExample)).")
        }
        let origin = RecipeOrigin.option(option)
        value = try RecipeYAML.parse(String(text[text.index(after: equals)...])) { _, _ in origin }
    }

    /// The tree with the value replaced.
    package func applied(to root: RecipeNode) throws(LongTailError) -> RecipeNode {
        try replacing(keys[...], in: root, at: RecipePath())
    }

    private func replacing(
        _ keys: ArraySlice<String>, in node: RecipeNode, at path: RecipePath
    ) throws(LongTailError) -> RecipeNode {
        guard let key = keys.first else { return value }
        let rest = keys.dropFirst()
        switch node.content {
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = try replacing(rest, in: entries[index].value, at: path.key(key))
            } else {
                entries.append(try entry(key, rest, path))
            }
            return RecipeNode(.mapping(entries), origin: node.origin)
        case .list(var items):
            let index = try NamedList.position(of: key, in: items, at: path, place: option)
            items[index] = try replacing(underKind(rest, of: items[index]), in: items[index], at: path.index(index))
            return RecipeNode(.list(items), origin: node.origin)
        case .scalar:
            guard node.isNull else {
                throw LongTailError(.usage, "\(option): \(path) is a value (\(node.found)), it has no key '\(key)'")
            }
            return RecipeNode(.mapping([try entry(key, rest, path)]), origin: .option(option))
        }
    }

    /// A key that was not written before; the decoder says so if it is no key at all.
    private func entry(_ key: String, _ rest: ArraySlice<String>, _ path: RecipePath) throws(LongTailError)
        -> RecipeNode.Entry
    {
        let nothing = RecipeNode(.scalar("", plain: true), origin: .option(option))
        return RecipeNode.Entry(
            key: key, origin: .option(option), value: try replacing(rest, in: nothing, at: path.key(key)))
    }

    /// Keys of an entry of a list stand under its kind, which nobody needs to type.
    private func underKind(_ rest: ArraySlice<String>, of item: RecipeNode) -> ArraySlice<String> {
        guard let first = rest.first, let kind = NamedList.kind(of: item), kind != first else { return rest }
        return [kind] + rest
    }
}
