extension RecipeNode {
    /// Every value of a recipe's tree under the `key.path` by which `--set` finds it, in order; a list of values is one value.
    package var settings: [(key: String, value: String)] { settings(at: "") }

    private func settings(at path: String) -> [(key: String, value: String)] {
        func below(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
        switch content {
        case .mapping(let entries) where !entries.isEmpty:
            return entries.flatMap { $0.value.settings(at: below($0.key)) }
        case .list(let items) where NamedList.isOne(items):
            return zip(items, NamedList.keys(of: items)).flatMap { item, key in
                (item.entries?.first?.value ?? item).settings(at: below(key))
            }
        default: return [(path, RecipeText.inline(self))]
        }
    }
}
