/// A struct whose keys stand in a recipe: defaults at its properties, everything else in its table of fields.
public protocol RecipePart: RecipeValue {
    init()
    /// The keys, in the order of the resolved recipe.
    static var fields: [RecipeField<Self>] { get }
    /// The rules between values that do not hold, with paths from this part.
    func conflicts() -> [RecipeConflict]
}

extension RecipePart {
    public func conflicts() -> [RecipeConflict] { [] }

    public static var kind: String { "a mapping of keys" }

    /// Reads a mapping over `base` (over the defaults when nil).
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Self?, _ report: inout RecipeReport
    ) -> Self? {
        var part = base ?? Self()
        return node.decode(fields, at: path, into: &part, &report) ? part : nil
    }

    /// Every key with its value.
    public func encode() -> RecipeNode { .mapping(Self.fields.map { ($0.name, $0.encode(self)) }) }
}

extension RecipeNode {
    /// Reads a mapping by a table of fields: unknown, duplicate and missing keys are problems.
    ///
    /// - Returns: Whether it is a mapping at all.
    package func decode<Part>(
        _ fields: [RecipeField<Part>], at path: RecipePath, into part: inout Part, _ report: inout RecipeReport
    ) -> Bool {
        guard let entries else {
            report.add(.wrongType(found: found, expected: "a mapping of keys"), at: path, origin: origin)
            return false
        }
        var seen: Set<String> = []
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                report.add(.unknownKey(entry.key, known: fields.map(\.name)), at: path, origin: entry.origin)
                continue
            }
            guard seen.insert(entry.key).inserted else {
                report.add(.duplicateKey(entry.key), at: path, origin: entry.origin)
                continue
            }
            field.decode(entry.value, path.key(entry.key), &part, &report)
        }
        for field in fields where field.isRequired && !seen.contains(field.name) {
            report.add(.missingKey(field.name, meaning: field.meaning), at: path, origin: origin)
        }
        return true
    }
}
