import LongTailBasics
import LongTailRecipeCoding
import LongTailVision

/// Where the order of the classes comes from: a file with a name a line, or the names themselves.
public enum ClassOrderSource: RecipeValue, Equatable {
    /// A text file (`ClassNamesFile`); a relative name is below the data set's folder.
    case file(String)
    /// The names in the order of the logits.
    case names([String])

    public static var kind: String { "a file's name or a list of names" }

    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: ClassOrderSource?, _ report: inout RecipeReport
    ) -> ClassOrderSource? {
        if case .list = node.content {
            return [String].decode(node, at: path, over: nil, &report).map { .names($0) }
        }
        return String.decode(node, at: path, over: nil, &report).map { .file($0) }
    }

    public func encode() -> RecipeNode {
        switch self {
        case .file(let name): name.encode()
        case .names(let names): names.encode()
        }
    }
}
