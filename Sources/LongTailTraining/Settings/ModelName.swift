/// What the models of a run are called: by files, tables, `from` and `teacher`.
///
/// A stage's result has the stage's name; the others have names that no stage may take.
public enum ModelName {
    /// The model before the first stage.
    public static let start = "start"
    /// What a killed run goes on from, which lies beside the models.
    package static let resume = "resume"

    /// A member of a BTM stage before the merge, counted from 0.
    public static func member(_ member: Int, of stage: String) -> String { "\(stage)-member-\(member + 1)" }

    /// What a BTM stage's members say together: the mean of their probabilities.
    public static func ensemble(of stage: String) -> String { "\(stage)-ensemble" }

    /// Whether a model is a member of a BTM stage before its merge.
    package static func isMember(_ model: String, of stage: String) -> Bool {
        let beginning = "\(stage)-member-"
        return model.hasPrefix(beginning) && Int(model.dropFirst(beginning.count)) != nil
    }

    /// Whose name a stage would take; nil for a name of its own.
    ///
    /// - Parameters:
    ///   - stage: The name that a stage has been given.
    ///   - merged: The names of all BTM stages of the recipe.
    package static func owner(of stage: String, merged: [String]) -> String? {
        // Some file systems do not tell capitals from small letters.
        let name = stage.lowercased()
        if name == start { return "the model that a run begins with" }
        if name == resume { return "what a killed run goes on from" }
        let merge = merged.first { isMember(name, of: $0.lowercased()) }
        if let merge = merged.first(where: { name == ensemble(of: $0.lowercased()) }) {
            return "what the members of stage \(merge) say together"
        }
        return merge.map { "a member of stage \($0)" }
    }
}
