import Basics

/// A list of stages in a recipe's tree, whose entries are called by number, name or kind.
///
/// `--set stages.btm.members=4` and a file that extends another and says `stages: { btm: { members: 4 } }` find their
/// stage here.
enum StageList {
    /// Whether a node is such a list: every entry a mapping of one key.
    static func isOne(_ items: [RecipeNode]) -> Bool { !items.isEmpty && items.allSatisfy { kind(of: $0) != nil } }

    /// The one key of an entry.
    static func kind(of item: RecipeNode) -> String? {
        guard let entries = item.entries, entries.count == 1 else { return nil }
        return entries[0].key
    }

    /// The position of a stage.
    ///
    /// - Parameters:
    ///   - key: Its number from 0, its name, or its kind where only one has it.
    ///   - items: The list.
    ///   - path: Where the list stands in the recipe.
    ///   - place: Where the key was written, for messages.
    static func position(
        of key: String, in items: [RecipeNode], at path: RecipePath, place: String
    ) throws(Failure) -> Int {
        if let index = Int(key) {
            if items.indices.contains(index) { return index }
            throw Failure(.usage, "\(place): \(path) has \(items.count) entries, 0 to \(items.count - 1), no \(index)")
        }
        let named = items.indices.filter { name(of: items[$0]) == key }
        let matching = named.isEmpty ? items.indices.filter { kind(of: items[$0]) == key } : named
        if matching.count == 1 { return matching[0] }
        if matching.count > 1 {
            let numbers = matching.map(String.init).joined(separator: ", ")
            throw Failure(
                .usage, "\(place): several stages are '\(key)'", remedy: "Use the number of one: \(numbers).")
        }
        let names = items.compactMap { name(of: $0) ?? kind(of: $0) }
        let suggestion = nearest(key, among: names).map { "Did you mean '\($0)'?  " } ?? ""
        throw Failure(
            .usage, "\(place): no entry '\(key)' in \(path)",
            remedy: "\(suggestion)There are: \(names.joined(separator: ", "))")
    }

    /// The list with single stages changed, and new ones put in.
    ///
    /// - Parameters:
    ///   - items: The list of the recipe that is extended.
    ///   - changes: Keys of stages, each with the keys to lay over that stage's. One that says `after: STAGE` is a new
    ///     stage of the kind that its key names.
    ///   - path: Where the list stands in the recipe.
    static func changed(
        _ items: [RecipeNode], by changes: [RecipeNode.Entry], at path: RecipePath
    ) throws(Failure) -> [RecipeNode] {
        var items = items
        for change in changes {
            let place = "\(change.origin)"
            var keys = change.value.entries ?? []
            if let index = keys.firstIndex(where: { $0.key == "after" }) {
                let after = keys.remove(at: index)
                guard case .scalar(let key, _) = after.value.content, !after.value.isNull else {
                    throw Failure(.usage, "\(after.origin): after must name a stage, found \(after.value.found)")
                }
                let position = try position(of: key, in: items, at: path, place: "\(after.value.origin)")
                var stage = change
                stage.value = RecipeNode(.mapping(keys), origin: change.value.origin)
                items.insert(RecipeNode(.mapping([stage]), origin: change.origin), at: position + 1)
                continue
            }
            let position = try position(of: change.key, in: items, at: path, place: place)
            guard var stage = items[position].entries?.first else { continue }
            stage.value = try stage.value.overlaid(with: change.value, at: path.index(position).key(stage.key))
            items[position] = RecipeNode(.mapping([stage]), origin: items[position].origin)
        }
        return items
    }

    private static func name(of item: RecipeNode) -> String? {
        guard let body = item.entries?.first?.value,
            let entry = body.entries?.first(where: { $0.key == "name" }),
            case .scalar(let text, _) = entry.value.content
        else { return nil }
        return text
    }
}
