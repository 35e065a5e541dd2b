import Testing

/// One wrong thing that a user can do, and what the message must say.
///
/// The cases are in `BadInputs/`, one file a subject; `BadInputTests` and the table in docs/bad-input.md both go by them.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    /// Words of the message: file, key, line or class, and of the way out.
    let says: [String]
    /// 2 for what the user wrote, 3 for what is on the disk, 4 for what went wrong on the way; 64 for options.
    let status: Int32
    /// Whether the command gives results beside its message, such as the table of a check.
    let hasOutput: Bool
    /// Prepares the desk and gives the arguments.
    let prepare: @Sendable (Desk) throws -> [String]

    var testDescription: String { name }

    init(
        _ name: String, _ status: Int32, _ says: [String], hasOutput: Bool = false,
        _ prepare: @escaping @Sendable (Desk) throws -> [String]
    ) {
        (self.name, self.status, self.says, self.hasOutput) = (name, status, says, hasOutput)
        self.prepare = prepare
    }

    /// The cases, by subject.
    static let subjects: [(title: String, inputs: [BadInput])] = [
        ("Recipes", recipes), ("Methods", methods), ("Options and commands", options), ("Lists and names", lists),
        ("Pictures and data sets", pictures), ("Checkpoints", checkpoints), ("Damaged and hostile files", hostile),
        ("Networks and what trains them", networks), ("Runs and results", runs),
        ("Predictions of any program", predictions),
    ]

    static let all = subjects.flatMap(\.inputs)
}
