/// The way from the top of a recipe to one of its values: `list[1].part.key`.
public struct RecipePath: Sendable, Equatable, CustomStringConvertible {
    /// One step.
    public enum Step: Sendable, Equatable {
        /// Into a mapping.
        case key(String)
        /// Into a list, counted from 0.
        case index(Int)
    }

    /// The steps, from the top.
    public var steps: [Step]

    /// A path of steps; the top when there are none.
    public init(_ steps: [Step] = []) { self.steps = steps }

    /// A path of keys, separated by dots.
    public init(keys: String) { steps = keys.split(separator: ".").map { .key(String($0)) } }

    /// One step further, into a mapping.
    public func key(_ name: String) -> RecipePath { RecipePath(steps + [.key(name)]) }

    /// One step further, into a list.
    public func index(_ index: Int) -> RecipePath { RecipePath(steps + [.index(index)]) }

    /// This path, then another.
    public func then(_ other: RecipePath) -> RecipePath { RecipePath(steps + other.steps) }

    /// Keys joined by dots, indices in brackets; "the recipe" for the top.
    public var description: String {
        guard !steps.isEmpty else { return "the recipe" }
        return steps.reduce(into: "") { text, step in
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

extension RecipeNode {
    /// Where the value at a path was written, or the nearest place above it that was written.
    package func origin(of path: RecipePath) -> RecipeOrigin {
        var (node, place) = (self, origin)
        for step in path.steps {
            switch step {
            case .key(let name):
                guard let entry = node.entries?.first(where: { $0.key == name }) else { return place }
                (node, place) = (entry.value, entry.value.isNull ? entry.origin : entry.value.origin)
            case .index(let index):
                guard case .list(let items) = node.content, items.indices.contains(index) else { return place }
                (node, place) = (items[index], items[index].origin)
            }
        }
        return place
    }
}
