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
        let merge = merged.first { merge in
            let beginning = "\(merge.lowercased())-member-"
            return name.hasPrefix(beginning) && Int(name.dropFirst(beginning.count)) != nil
        }
        return merge.map { "a member of stage \($0)" }
    }
}
