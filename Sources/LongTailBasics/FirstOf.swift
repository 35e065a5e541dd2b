/// The first few of many names, for a sentence: `a, b and 3 more`.
package func firstOf(_ names: some Collection<String>, limit: Int) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}
