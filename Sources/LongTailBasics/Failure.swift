/// The one error of the house: what is wrong, where, and the way out.
///
/// Every function that an input, a file, a recipe or libtorch can make fail is declared `throws(Failure)`;
/// the command prints `description` and exits with the status of `kind`.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
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
        case network
    }

    /// What kind of thing failed.
    public var kind: Kind
    /// One sentence: what is wrong, naming file, key, line, operator or class.
    public var problem: String
    /// What to do about it, as one or more sentences; nil when there is nothing to add.
    public var remedy: String?

    /// The error of somebody else's code that led to it: what a method, a data set or a network of one's own has thrown.
    public var cause: (any Error)?

    /// Makes a failure of a kind from its two sentences.
    public init(_ kind: Kind, _ problem: String, remedy: String? = nil, cause: (any Error)? = nil) {
        self.kind = kind
        self.problem = problem
        self.remedy = remedy
        self.cause = cause
    }

    /// Same kind and sentences.
    public static func == (a: Failure, b: Failure) -> Bool {
        (a.kind, a.problem, a.remedy) == (b.kind, b.problem, b.remedy)
    }

    /// The problem, and the remedy on lines of its own.
    public var description: String {
        guard let remedy else { return problem }
        return problem + "\n  "
            + remedy.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
    }

    /// The same failure, said to have happened at a place (a file, a stage).
    public func at(_ place: String) -> Failure {
        Failure(kind, "\(place): \(problem)", remedy: remedy, cause: cause)
    }
}

/// Calls somebody else's code, whose errors of other types come through as the cause of a failure.
///
/// - Parameter place: Whose code it is, for the message.
public func passing<Result>(_ place: String, _ body: () throws -> Result) throws(Failure) -> Result {
    do { return try body() } catch let failure as Failure { throw failure } catch {
        throw Failure(.training, "\(place): \(error)", cause: error)
    }
}
