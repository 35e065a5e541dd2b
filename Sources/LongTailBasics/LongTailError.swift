/// The one error of the house: what is wrong, where, and the way out.
///
/// Every function that an input, a file, a recipe or libtorch can make fail is declared `throws(LongTailError)`;
/// the command prints `description` and exits with the status of `kind`.
public struct LongTailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing failed.
    public enum Kind: String, Sendable, Codable {
        /// A recipe, an option or an argument.
        case usage
        /// Images, labels, lists, archives.
        case data
        /// A state dict or a run that does not fit.
        case checkpoint
        /// Reading or writing the disk.
        case file
        /// libtorch refused an operation.
        case engine
        /// Training went wrong (a NaN loss).
        case training
        /// A process was asked to end.
        case stopped
        case network
    }

    /// What kind of thing failed.
    public var kind: Kind
    private var problemTexts: [String]
    private var remedyText: String?

    /// The error of somebody else's code that led to it: what a method, a data set or a network of one's own has thrown.
    public var cause: (any Error)?

    /// Makes a failure of a kind from its two sentences.
    public init(_ kind: Kind, _ problem: String, remedy: String? = nil, cause: (any Error)? = nil) {
        self.kind = kind
        (problemTexts, remedyText) = ([problem], remedy)
        self.cause = cause
    }

    /// Makes one failure of several that were found together, a line each.
    package init(_ kind: Kind, problems: [String], remedy: String? = nil) {
        self.kind = kind
        (problemTexts, remedyText) = (problems, remedy)
    }

    /// One sentence: what is wrong, naming file, key, line, operator or class.
    public var problem: String { Wording.plain(problemTexts.joined(separator: "\n")) }
    /// What to do about it, as one or more sentences; nil when there is nothing to add.
    public var remedy: String? { remedyText.map(Wording.plain) }

    /// Same kind and sentences.
    public static func == (a: LongTailError, b: LongTailError) -> Bool {
        (a.kind, a.problemTexts, a.remedyText) == (b.kind, b.problemTexts, b.remedyText)
    }

    /// The problem, and the remedy on lines of its own.
    public var description: String { Self.lines(problemTexts.map(Wording.plain), remedy) }

    /// The same in the words of a command line, whose options and commands the remedy may name.
    public func description(onCommandLineOf program: String) -> String {
        Self.lines(
            problemTexts.map { Wording.commandLine($0, program: program) },
            remedyText.map { Wording.commandLine($0, program: program) })
    }

    /// Both tell of names that somebody else has chosen.
    private static func lines(_ problems: [String], _ remedy: String?) -> String {
        let problem = problems.map(printable).joined(separator: "\n")
        guard let remedy else { return problem }
        return problem + "\n  "
            + remedy.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
            .joined(separator: "\n  ")
    }

    /// The same failure with another way out.
    package func with(remedy: String) -> LongTailError { with { _ in remedy } }

    /// The same failure with a way out that is made of its own.
    package func with(remedy: (String?) -> String) -> LongTailError {
        var other = self
        other.remedyText = remedy(remedyText)
        return other
    }

    /// The same failure, said to have happened at a place (a file, a stage).
    public func at(_ place: String) -> LongTailError {
        var other = self
        other.problemTexts = ["\(place): \(problemTexts.first ?? "")"] + problemTexts.dropFirst()
        return other
    }
}

/// Calls somebody else's code, whose errors of other types come through as the cause of a failure.
///
/// - Parameters:
///   - place: Whose code it is, for the message.
///   - body: The call.
public func passing<Result>(_ place: String, _ body: () throws -> Result) throws(LongTailError) -> Result {
    do { return try body() } catch let failure as LongTailError { throw failure } catch {
        throw LongTailError(.training, "\(place): \(error)", cause: error)
    }
}
