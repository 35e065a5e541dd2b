/// The documentation of one key, made from its field.
public struct KeyDocument: Sendable, Equatable {
    public let name: String
    /// What may be written.
    public let kind: String
    /// The default, as YAML; nil for a key that has to be there and for one that has keys of its own.
    public let standard: String?
    /// What it means.
    public let meaning: String
    /// The keys under it.
    public let children: [KeyDocument]

    /// The documentation of a table, with the defaults of a value.
    package static func all<Part>(of fields: [RecipeField<Part>], in part: Part) -> [KeyDocument] {
        fields.map { field in
            let children = field.nested()
            let hasDefault = !field.isRequired && children.isEmpty
            return KeyDocument(
                name: field.name, kind: field.kind,
                standard: hasDefault ? RecipeText.inline(field.encode(part)) : nil, meaning: field.meaning,
                children: children)
        }
    }

    /// The documentation of a part, also of one that may be null; none for another type.
    package static func all(of type: any RecipeValue.Type) -> [KeyDocument] {
        func open<Part: RecipePart>(_ type: Part.Type) -> [KeyDocument] { all(of: Part.fields, in: Part()) }
        let wrapped = (type as? any OptionalRecipeValue.Type)?.wrapped ?? type
        guard let part = wrapped as? any RecipePart.Type else { return [] }
        return open(part)
    }

    /// Lines of text: the key, what may be written, the default; under it the meaning.
    package func lines(indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let standard = standard.map { " (default: \($0))" } ?? ""
        let own = [
            children.isEmpty ? "\(margin)\(name): \(kind)\(standard)" : "\(margin)\(name):", "\(margin)    \(meaning)",
        ]
        return own + children.flatMap { $0.lines(indent: indent + 2) }
    }
}
