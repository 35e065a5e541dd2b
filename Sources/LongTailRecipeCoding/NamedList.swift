import LongTailBasics

/// A list in a recipe's tree, each entry a mapping of one key (its kind), whose entries are called by number, name or kind.
///
/// `--set LIST.ENTRY.KEY=VALUE` and a file that extends another and says `LIST: { ENTRY: { KEY: VALUE } }` find their
/// entry here.
enum NamedList {
    /// Whether a node is such a list: every entry a mapping of one key.
    static func isOne(_ items: [RecipeNode]) -> Bool { !items.isEmpty && items.allSatisfy { kind(of: $0) != nil } }

    /// The one key of an entry.
    static func kind(of item: RecipeNode) -> String? {
        guard let entries = item.entries, entries.count == 1 else { return nil }
        return entries[0].key
    }

    /// What finds each entry: its name or kind where only one has it, else its number.
    static func keys(of items: [RecipeNode]) -> [String] {
        items.indices.map { index in
            let names = [name(of: items[index]), kind(of: items[index])].compactMap(\.self)
            let own = names.first { key in
                items.indices.allSatisfy {
                    $0 == index || (name(of: items[$0]) != key && kind(of: items[$0]) != key)
                }
            }
            return own ?? "\(index)"
        }
    }

    /// The position of an entry.
    ///
    /// - Parameters:
    ///   - key: Its number from 0, its name, or its kind where only one has it.
    ///   - items: The list.
    ///   - path: Where the list stands in the recipe.
    ///   - place: Where the key was written, for messages.
    static func position(
        of key: String, in items: [RecipeNode], at path: RecipePath, place: String
    ) throws(LongTailError) -> Int {
        if let index = Int(key) {
            if items.indices.contains(index) { return index }
            throw LongTailError(
                .usage, "\(place): \(path) has \(items.count) entries, 0 to \(items.count - 1), no \(index)")
        }
        let named = items.indices.filter { name(of: items[$0]) == key }
        let matching = named.isEmpty ? items.indices.filter { kind(of: items[$0]) == key } : named
        if matching.count == 1 { return matching[0] }
        if matching.count > 1 {
            let numbers = matching.map(String.init).joined(separator: ", ")
            throw LongTailError(
                .usage, "\(place): several \(words(at: path).several) are '\(key)'",
                remedy: "Use the number of one: \(numbers).")
        }
        let names = items.compactMap { name(of: $0) ?? kind(of: $0) }
        let suggestion = nearest(key, among: names).map { "Did you mean '\($0)'?  " } ?? ""
        throw LongTailError(
            .usage, "\(place): no entry '\(key)' in \(path)",
            remedy: "\(suggestion)There are: \(names.joined(separator: ", "))")
    }

    /// The list with single entries changed, and new ones put in.
    ///
    /// - Parameters:
    ///   - items: The list of the recipe that is extended.
    ///   - changes: Keys of entries, each with the keys to lay over that entry's. One that says `after: ENTRY` is a new
    ///     entry of the kind that its key names.
    ///   - path: Where the list stands in the recipe.
    static func changed(
        _ items: [RecipeNode], by changes: [RecipeNode.Entry], at path: RecipePath
    ) throws(LongTailError) -> [RecipeNode] {
        var items = items
        for change in changes {
            let place = "\(change.origin)"
            var keys = change.value.entries ?? []
            if let index = keys.firstIndex(where: { $0.key == "after" }) {
                let after = keys.remove(at: index)
                guard case .scalar(let key, _) = after.value.content, !after.value.isNull else {
                    let what = words(at: path).one
                    throw LongTailError(.usage, "\(after.origin): after must name \(what), found \(after.value.found)")
                }
                let position = try position(of: key, in: items, at: path, place: "\(after.value.origin)")
                var entry = change
                entry.value = RecipeNode(.mapping(keys), origin: change.value.origin)
                items.insert(RecipeNode(.mapping([entry]), origin: change.origin), at: position + 1)
                continue
            }
            let position = try position(of: change.key, in: items, at: path, place: place)
            guard var entry = items[position].entries?.first else { continue }
            entry.value = try entry.value.overlaid(with: change.value, at: path.index(position).key(entry.key))
            items[position] = RecipeNode(.mapping([entry]), origin: items[position].origin)
        }
        return items
    }

    /// What messages call the entries: by the list's own name where that is a plural.
    private static func words(at path: RecipePath) -> (one: String, several: String) {
        guard case .key(let name)? = path.steps.last, name.hasSuffix("s") else { return ("an entry", "entries") }
        return ("a \(name.dropLast())", name)
    }

    private static func name(of item: RecipeNode) -> String? {
        guard let body = item.entries?.first?.value,
            let entry = body.entries?.first(where: { $0.key == "name" }),
            case .scalar(let text, _) = entry.value.content
        else { return nil }
        return text
    }
}
