/// One key of a part of a recipe, declared once: its name, where its value lives, its range and its meaning.
///
/// Decoding, defaults, range checks, the resolved recipe, `--set` and the documentation all come from this table.
public struct RecipeField<Part: Sendable>: Sendable {
    /// The key, in kebab-case.
    public let name: String
    /// What the key means, with its unit and source.
    public let meaning: String
    /// What may be written, in words.
    public let kind: String
    /// Whether a recipe has to say it.
    public let isRequired: Bool
    /// The keys under this one, when its value is a part of its own.
    let nested: @Sendable () -> [KeyDocument]
    package let decode: @Sendable (RecipeNode, RecipePath, inout Part, inout RecipeReport) -> Void
    package let encode: @Sendable (Part) -> RecipeNode

    /// A key whose value may be anything of its type.
    public init<Value: RecipeValue>(
        _ name: String, _ path: any WritableKeyPath<Part, Value> & Sendable, required: Bool = false, _ meaning: String
    ) {
        self.init(name, path, required: required, meaning, kind: Value.kind) { _ in nil }
    }

    /// A key whose value must lie in a range.
    public init<Value: RecipeValue & Comparable>(
        _ name: String, _ path: any WritableKeyPath<Part, Value> & Sendable, in range: ClosedRange<Value>,
        _ meaning: String
    ) {
        let allowed = RecipeReport.range(range)
        self.init(name, path, required: false, meaning, kind: "\(Value.kind) \(allowed)") {
            range.contains($0) ? nil : allowed
        }
    }

    /// A key that may be null and whose value otherwise must lie in a range.
    public init<Value: RecipeValue & Comparable>(
        _ name: String, _ path: any WritableKeyPath<Part, Value?> & Sendable, in range: ClosedRange<Value>,
        _ meaning: String
    ) {
        let allowed = RecipeReport.range(range)
        self.init(name, path, required: false, meaning, kind: "\(Value.kind) \(allowed), or null") {
            $0.map(range.contains) ?? true ? nil : allowed
        }
    }

    /// The common road: reads over the value that is there, and keeps it when what was written is wrong.
    private init<Value: RecipeValue>(
        _ name: String, _ path: any WritableKeyPath<Part, Value> & Sendable, required: Bool, _ meaning: String,
        kind: String, refused: @escaping @Sendable (Value) -> String?
    ) {
        (self.name, self.meaning, self.kind, isRequired) = (name, meaning, kind, required)
        nested = { KeyDocument.all(of: Value.self) }
        decode = { node, place, part, report in
            guard let value = Value.decode(node, at: place, over: part[keyPath: path], &report) else { return }
            if let allowed = refused(value) {
                report.add(.outOfRange(found: node.found, allowed: allowed), at: place, origin: node.origin)
            } else {
                part[keyPath: path] = value
            }
        }
        encode = { $0[keyPath: path].encode() }
    }

    private init(
        name: String, meaning: String, kind: String, isRequired: Bool, nested: @escaping @Sendable () -> [KeyDocument],
        decode: @escaping @Sendable (RecipeNode, RecipePath, inout Part, inout RecipeReport) -> Void,
        encode: @escaping @Sendable (Part) -> RecipeNode
    ) {
        (self.name, self.meaning, self.kind, self.isRequired) = (name, meaning, kind, isRequired)
        (self.nested, self.decode, self.encode) = (nested, decode, encode)
    }

    /// The same key, of a part that holds this part (so that its keys stand flat among the holder's own).
    package func lifted<Holder>(
        get: @escaping @Sendable (Holder) -> Part, set: @escaping @Sendable (inout Holder, Part) -> Void
    ) -> RecipeField<Holder> {
        let (decode, encode) = (decode, encode)
        return RecipeField<Holder>(
            name: name, meaning: meaning, kind: kind, isRequired: isRequired, nested: nested,
            decode: { node, place, holder, report in
                var part = get(holder)
                decode(node, place, &part, &report)
                set(&holder, part)
            },
            encode: { encode(get($0)) })
    }

    /// A key that is read elsewhere, and only written and documented from the table.
    package static func readElsewhere(
        _ name: String, kind: String, _ meaning: String, encode: @escaping @Sendable (Part) -> RecipeNode
    ) -> RecipeField {
        RecipeField(
            name: name, meaning: meaning, kind: kind, isRequired: false, nested: { [] }, decode: { _, _, _, _ in },
            encode: encode)
    }
}
