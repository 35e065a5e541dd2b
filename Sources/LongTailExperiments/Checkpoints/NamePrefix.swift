/// The prefixes of tensors' names, each ending with a dot.
enum NamePrefix {
    /// Prefixes that wrappers put before every name of a dictionary: data-parallel, compiled, Lightning and others.
    private static let wrappers = ["module.", "_orig_mod.", "model.", "network.", "net.", "backbone.", "encoder."]

    /// The wrappers' prefixes that all names have.
    static func wrapping(_ names: some Collection<String>) -> String {
        var prefix = ""
        while !names.isEmpty,
            let next = wrappers.first(where: { next in names.allSatisfy { $0.hasPrefix(prefix + next) } })
        { prefix += next }
        return prefix
    }

    /// Whatever all names begin with: wrappers' prefixes, then any other, as far as stages and layers still have names.
    static func shared(by names: some Collection<String>) -> String {
        var prefix = wrapping(names)
        guard let one = names.first, names.count > 1 else { return prefix }
        while let part = first(one.dropFirst(prefix.count)), !BodySpelling.isStage(part.dropLast()),
            names.allSatisfy({ $0.hasPrefix(prefix + part) && first($0.dropFirst(prefix.count + part.count)) != nil })
        { prefix += part }
        return prefix
    }

    /// The prefix under which everything of another network lies, as far as it is not shared with this one; nil for
    /// the same, and for one that this one lies in.
    static func branch(of other: String, beside own: String) -> String? {
        var prefix = ""
        while let part = first(other.dropFirst(prefix.count)) {
            prefix += part
            if !own.hasPrefix(prefix) { return prefix }
        }
        return nil
    }

    /// A name seen from the innermost module that holds it and a network under `prefix`.
    static func seen(_ name: String, from prefix: String) -> String {
        var outer = ""
        while let part = first(prefix.dropFirst(outer.count)), name.hasPrefix(outer + part) { outer += part }
        return String(name.dropFirst(outer.count))
    }

    /// A name's first part with its dot; nil when there is one part.
    private static func first(_ name: Substring) -> String? {
        name.firstIndex(of: ".").map { String(name[...$0]) }
    }
}
