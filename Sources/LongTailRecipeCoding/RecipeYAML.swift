import LongTailBasics
import Yams

/// YAML text to a recipe's tree: the only place that knows the YAML library.
package enum RecipeYAML {
    /// Parses one document.
    ///
    /// - Parameters:
    ///   - text: YAML.
    ///   - place: Turns a line and a column, from 1, into an origin.
    package static func parse(_ text: String, place: (Int, Int) -> RecipeOrigin) throws(LongTailError) -> RecipeNode {
        if let (line, column) = YAMLSize.excess(text) {
            throw syntax(
                "comes to more than \(YAMLSize.limit.values) values or \(YAMLSize.limit.bytes >> 20) MiB, aliases (*name) written out",
                place(line, column), "Write out what is meant, or use 'extends'.")
        }
        let root: Node?
        do { root = try Parser(yaml: text, encoding: .utf8).singleRoot() } catch let error as YamlError {
            throw failure(error, text, place)
        } catch { throw syntax("\(error)", place(1, 1), nil) }
        guard let root else { return RecipeNode(.scalar("", plain: true), origin: place(1, 1)) }
        return try node(root, place, (1, 1))
    }

    private static func node(
        _ node: Node, _ place: (Int, Int) -> RecipeOrigin, _ above: (Int, Int)
    ) throws(LongTailError) -> RecipeNode {
        let mark = node.mark.map { ($0.line, $0.column) } ?? above
        let origin = place(mark.0, mark.1)
        switch node {
        case .scalar(let scalar):
            // Where a file is named, the system would take the name up to there.
            guard !scalar.string.unicodeScalars.contains("\0") else {
                throw syntax("a text with a NUL character", origin, "Take it out.")
            }
            return RecipeNode(
                .scalar(scalar.string, plain: scalar.style == .plain || scalar.style == .any), origin: origin)
        case .sequence(let items):
            var list: [RecipeNode] = []
            for item in items { list.append(try self.node(item, place, mark)) }
            return RecipeNode(.list(list), origin: origin)
        case .mapping(let pairs):
            var entries: [RecipeNode.Entry] = []
            for (key, value) in pairs {
                guard case .scalar(let name) = key else {
                    throw syntax("a key that is a list or a mapping", origin, "Keys of a recipe are words.")
                }
                let keyMark = key.mark.map { ($0.line, $0.column) } ?? mark
                entries.append(
                    RecipeNode.Entry(
                        key: name.string, origin: place(keyMark.0, keyMark.1),
                        value: try self.node(value, place, keyMark)))
            }
            return RecipeNode(.mapping(entries), origin: origin)
        case .alias: throw syntax("an alias that stands for nothing", origin, nil)
        }
    }

    private static func failure(_ error: YamlError, _ text: String, _ place: (Int, Int) -> RecipeOrigin)
        -> LongTailError
    {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let index = mark.line - 1
            if lines.indices.contains(index), lines[index].prefix(while: \.isWhitespace).contains("\t") {
                return syntax(
                    "a tab in the indentation", place(mark.line, mark.column), "YAML indents with spaces: two a level.")
            }
            return syntax("not YAML: \(problem)", place(mark.line, mark.column), nil)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            return syntax(
                "the same key stands twice in one mapping: \(names)", place(context.mark.line, context.mark.column),
                "Keep one of them.")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0 == "\n" } + 1
            return syntax(
                "not YAML: \(problem)", place(line, 1), "A recipe is text in UTF-8 without control characters.")
        default: return syntax("not YAML: \(error)", place(1, 1), nil)
        }
    }

    private static func syntax(_ text: String, _ origin: RecipeOrigin, _ remedy: String?) -> LongTailError {
        let problem = RecipeProblem(.syntax(text, remedy: remedy), at: RecipePath(), origin: origin)
        return LongTailError(.usage, "\(problem.origin): \(problem.words.problem)", remedy: problem.words.remedy)
    }
}
