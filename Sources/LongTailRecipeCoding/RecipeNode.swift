import LongTailBasics

/// Where a piece of a recipe was written.
public enum RecipeOrigin: Sendable, Equatable, CustomStringConvertible {
    /// A file, with line and column counted from 1.
    case file(String, line: Int, column: Int)
    /// An option of the command line, as typed.
    case option(String)
    /// A recipe made by a program.
    case program

    /// `file:line:column`, or the option.
    public var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .option(let text): text
        case .program: "the recipe"
        }
    }
}

/// A recipe between its text and its structs: YAML's three shapes, each knowing where it was written.
///
/// Files, `extends` and `--set` meet in this tree, so that one decoder serves all three and every problem is
/// reported at the place where its value was typed.
public struct RecipeNode: Sendable, Equatable {
    /// The three shapes.
    public enum Content: Sendable, Equatable {
        /// A value; `plain` when it stood without quotes.
        case scalar(String, plain: Bool)
        /// A list.
        case list([RecipeNode])
        /// Keys and values, in order.
        case mapping([Entry])
    }

    /// One key of a mapping with its value.
    public struct Entry: Sendable, Equatable {
        public var key: String
        /// Where the key stands.
        public var origin: RecipeOrigin
        /// Its value.
        public var value: RecipeNode
    }

    /// What it holds.
    public var content: Content
    /// Where it stands.
    public var origin: RecipeOrigin

    /// Makes a node; one that a program makes needs no origin.
    public init(_ content: Content, origin: RecipeOrigin = .program) {
        self.content = content
        self.origin = origin
    }

    /// A value without quotes.
    public static func plain(_ text: String) -> RecipeNode { RecipeNode(.scalar(text, plain: true)) }

    /// A mapping made by a program.
    public static func mapping(_ pairs: [(String, RecipeNode)]) -> RecipeNode {
        RecipeNode(.mapping(pairs.map { Entry(key: $0.0, origin: .program, value: $0.1) }))
    }

    /// Whether it is YAML's nothing: `null`, `~` or no text at all.
    public var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The keys of a mapping; nil for another shape, none for nothing.
    public var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return isNull ? [] : nil
    }

    /// What a user would call it, for "found …".
    public var found: String {
        switch content {
        case .scalar(let text, let plain):
            isNull ? "nothing" : plain ? text : "'\(text)'"
        case .list(let items): "a list of \(items.count)"
        case .mapping: "a mapping of keys"
        }
    }

    /// This mapping with another laid over it: mappings merge key by key, a list of entries with one key takes a mapping of
    /// changes (`NamedList.changed`), everything else is replaced whole.
    ///
    /// - Parameters:
    ///   - other: What is laid over.
    ///   - path: Where both stand in the recipe.
    /// - Throws: A usage failure for a change of an entry that is not there.
    public func overlaid(
        with other: RecipeNode, at path: RecipePath = RecipePath()
    ) throws(LongTailError) -> RecipeNode {
        guard case .mapping(let theirs) = other.content else { return other }
        if case .list(let items) = content, NamedList.isOne(items) {
            return RecipeNode(.list(try NamedList.changed(items, by: theirs, at: path)), origin: other.origin)
        }
        guard case .mapping(var mine) = content else { return other }
        for entry in theirs {
            if let index = mine.firstIndex(where: { $0.key == entry.key }) {
                mine[index].value = try mine[index].value.overlaid(with: entry.value, at: path.key(entry.key))
                mine[index].origin = entry.origin
            } else {
                mine.append(entry)
            }
        }
        return RecipeNode(.mapping(mine), origin: other.origin)
    }
}
