import LongTailBasics

/// One thing wrong with a recipe, as data; worded in `RecipeProblem+Wording.swift`.
public struct RecipeProblem: Sendable, Equatable {
    /// What is wrong.
    public enum What: Sendable, Equatable {
        /// A key that no struct declares, with those that one does.
        case unknownKey(String, known: [String])
        /// A key that stands twice in one mapping.
        case duplicateKey(String)
        /// A key that has to be there, with its meaning.
        case missingKey(String, meaning: String)
        /// A value of another shape or type.
        case wrongType(found: String, expected: String)
        /// A number outside its range.
        case outOfRange(found: String, allowed: String)
        /// A word that is none of the closed choices.
        case notAChoice(found: String, choices: [String])
        /// Two values that contradict each other, or a rule that a value breaks.
        case conflict(String, remedy: String?)
        /// Text that is not YAML, or YAML that recipes do not use.
        case syntax(String, remedy: String?)
    }

    /// Where it was written.
    public var origin: RecipeOrigin
    /// The path of the value (of the mapping, for a problem with a key).
    public var path: RecipePath
    /// What is wrong.
    public var what: What

    /// Makes a problem.
    public init(_ what: What, at path: RecipePath, origin: RecipeOrigin) {
        (self.what, self.path, self.origin) = (what, path, origin)
    }
}

/// Collects the problems of a recipe, so that all are told at once.
public struct RecipeReport: Sendable {
    /// The problems so far.
    public private(set) var problems: [RecipeProblem] = []
    /// What names may stand for beside what is built in.
    public let context: RecipeContext

    /// An empty report.
    public init(context: RecipeContext = RecipeContext()) { self.context = context }

    /// Adds a problem.
    public mutating func add(_ what: RecipeProblem.What, at path: RecipePath, origin: RecipeOrigin) {
        problems.append(RecipeProblem(what, at: path, origin: origin))
    }

    /// Throws all problems as one failure, in the order of their places in the file.
    public func throwIfAny() throws(LongTailError) {
        if let failure = RecipeProblem.failure(problems) { throw failure }
    }
}

/// A rule between values that does not hold, as a part of a recipe states it about itself.
public struct RecipeConflict: Sendable, Equatable {
    /// The path of the value, from the part that states the rule.
    public var path: RecipePath
    /// The rule, as in "must be smaller than limit (3)".
    public var text: String
    /// A way out, when it is not obvious.
    public var remedy: String?

    /// Makes a conflict at a path of keys separated by dots.
    public init(_ keys: String, _ text: String, remedy: String? = nil) {
        (path, self.text, self.remedy) = (RecipePath(keys: keys), text, remedy)
    }

    /// The same conflict seen from further up.
    package func under(_ prefix: RecipePath) -> RecipeConflict {
        var copy = self
        copy.path = prefix.then(path)
        return copy
    }
}
