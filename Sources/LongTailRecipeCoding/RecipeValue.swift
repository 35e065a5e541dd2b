import LongTailBasics

/// A type that a recipe can hold: numbers, words, closed choices, lists, and parts with keys of their own.
public protocol RecipeValue: Sendable, Equatable {
    /// What a user would call it, as in "must be a whole number".
    static var kind: String { get }
    /// Reads a value.
    ///
    /// - Parameters:
    ///   - node: What was written.
    ///   - path: Where it stands in the recipe.
    ///   - base: The value that holds where nothing was written; parts fill their missing keys from it.
    ///   - report: Takes the problems.
    /// - Returns: The value; nil after a problem.
    static func decode(_ node: RecipeNode, at path: RecipePath, over base: Self?, _ report: inout RecipeReport) -> Self?
    /// The value as it would be written.
    func encode() -> RecipeNode
}

extension RecipeValue {
    /// Reads a plain scalar with a function from text, or reports a wrong type.
    static func scalar(
        _ node: RecipeNode, at path: RecipePath, _ report: inout RecipeReport, _ read: (String) -> Self?
    ) -> Self? {
        if case .scalar(let text, plain: true) = node.content, let value = read(text) { return value }
        report.add(.wrongType(found: node.found, expected: kind), at: path, origin: node.origin)
        return nil
    }
}

extension Int: RecipeValue {
    public static var kind: String { "a whole number" }
    /// Reads decimal digits with an optional sign.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Int?, _ report: inout RecipeReport
    ) -> Int? { scalar(node, at: path, &report) { Int($0) } }
    /// Decimal digits.
    public func encode() -> RecipeNode { .plain(String(self)) }
}

extension UInt64: RecipeValue {
    public static var kind: String { "a whole number from 0 to \(UInt64.max)" }
    /// Reads decimal digits.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: UInt64?, _ report: inout RecipeReport
    ) -> UInt64? { scalar(node, at: path, &report) { UInt64($0) } }
    /// Decimal digits.
    public func encode() -> RecipeNode { .plain(String(self)) }
}

extension Double: RecipeValue {
    public static var kind: String { "a number" }
    /// Reads a finite number; `5e-3` and `10` are fine, `inf`, `nan` and hexadecimal are not.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Double?, _ report: inout RecipeReport
    ) -> Double? {
        scalar(node, at: path, &report) { text in
            guard text.allSatisfy({ "+-.0123456789eE".contains($0) }), let value = Double(text) else { return nil }
            return value.isFinite ? value : nil
        }
    }
    /// The shortest text that reads back as the same number.
    public func encode() -> RecipeNode { .plain("\(self)") }
}

extension Bool: RecipeValue {
    public static var kind: String { "true or false" }
    /// Reads `true` and `false`, and nothing else: YAML's `yes` and `on` surprise too often.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Bool?, _ report: inout RecipeReport
    ) -> Bool? { scalar(node, at: path, &report) { $0 == "true" ? true : $0 == "false" ? false : nil } }
    /// `true` or `false`.
    public func encode() -> RecipeNode { .plain(self ? "true" : "false") }
}

extension String: RecipeValue {
    public static var kind: String { "a text" }
    /// Reads any scalar, quoted or not.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: String?, _ report: inout RecipeReport
    ) -> String? {
        if case .scalar(let text, _) = node.content, !node.isNull { return text }
        report.add(.wrongType(found: node.found, expected: kind), at: path, origin: node.origin)
        return nil
    }
    /// The text, quoted where YAML would read something else.
    public func encode() -> RecipeNode { RecipeNode(.scalar(self, plain: false)) }
}

extension Optional: RecipeValue where Wrapped: RecipeValue {
    public static var kind: String { Wrapped.kind + " or null" }
    /// Reads the value, or nil from `null`.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Wrapped??, _ report: inout RecipeReport
    ) -> Wrapped?? {
        if node.isNull { return .some(nil) }
        return Wrapped.decode(node, at: path, over: base ?? nil, &report).map { .some($0) }
    }
    /// The value, or `null`.
    public func encode() -> RecipeNode { map { $0.encode() } ?? .plain("null") }
}

/// A value that may be null.
protocol OptionalRecipeValue {
    static var wrapped: any RecipeValue.Type { get }
}

extension Optional: OptionalRecipeValue where Wrapped: RecipeValue {
    static var wrapped: any RecipeValue.Type { Wrapped.self }
}

extension Array: RecipeValue where Element: RecipeValue {
    public static var kind: String { "a list, each entry \(Element.kind)" }
    /// Reads a list; an entry that is wrong is reported under its index.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: [Element]?, _ report: inout RecipeReport
    ) -> [Element]? {
        guard case .list(let items) = node.content else {
            report.add(.wrongType(found: node.found, expected: kind), at: path, origin: node.origin)
            return nil
        }
        let values = items.indices.map { index in
            Element.decode(items[index], at: path.index(index), over: nil, &report)
        }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
    }
    /// The entries in order.
    public func encode() -> RecipeNode { RecipeNode(.list(map { $0.encode() })) }
}

/// A closed choice, written as its raw value: an enum of kebab-case words.
public protocol RecipeChoice: RecipeValue, RawRepresentable, CaseIterable where RawValue == String {}

extension RecipeChoice {
    /// The words, as in "one of first, seeded".
    public static var kind: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    /// Reads one of the words.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: Self?, _ report: inout RecipeReport
    ) -> Self? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            report.add(.wrongType(found: node.found, expected: kind), at: path, origin: node.origin)
            return nil
        }
        if let value = Self(rawValue: text) { return value }
        report.add(
            .notAChoice(found: text, choices: allCases.map(\.rawValue)), at: path, origin: node.origin)
        return nil
    }
    public func encode() -> RecipeNode { .plain(rawValue) }
}
