/// What decoding may look names up in beside what is built in: values that a program adds, by their type.
public struct RecipeContext: Sendable {
    private var known: [ObjectIdentifier: [any Sendable]] = [:]

    /// Nothing beside what is built in.
    public init() {}

    /// Adds values of a type.
    public mutating func add<Value: Sendable>(_ values: [Value]) {
        known[ObjectIdentifier(Value.self), default: []] += values.map { $0 as any Sendable }
    }

    /// The values of a type that were added, in order.
    public func all<Value: Sendable>(_ type: Value.Type) -> [Value] {
        (known[ObjectIdentifier(type)] ?? []).compactMap { $0 as? Value }
    }
}

/// A choice to which a program can add its own: the built-in ones are `allCases`, the others stand in the context.
public protocol OpenRecipeChoice: RecipeChoice {}

extension OpenRecipeChoice {
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Self?, _ report: inout RecipeReport
    ) -> Self? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            report.add(.wrongType(found: node.found, expected: kind), at: path, origin: node.origin)
            return nil
        }
        let added = report.context.all(Self.self)
        // A name may be a variant of one that is listed.
        if let value = added.first(where: { $0.rawValue == text }) ?? Self(rawValue: text) { return value }
        report.add(.notAChoice(found: text, choices: (allCases + added).map(\.rawValue)), at: path, origin: node.origin)
        return nil
    }
}
