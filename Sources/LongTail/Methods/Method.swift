/// One named way to train one stage: its parameters, which stand in the stage's mapping of a recipe.
public protocol Method: RecipePart {
    /// The word in `method: …`.
    static var name: String { get }
    /// One line for lists and help, without a full stop.
    static var summary: String { get }
    /// What this method changes in a stage's defaults; what the recipe says comes after.
    static func adjust(_ training: inout TrainingRecipe)
}

extension Method {
    /// Nothing.
    public static func adjust(_ training: inout TrainingRecipe) {}
}

/// The registry: adding a method adds one line here.
public enum Methods {
    /// Every method, in the order of the documentation.
    public static let all: [any Method.Type] = [CrossEntropy.self, CRT.self, MiSLAS.self]

    /// Their names.
    public static var names: [String] { all.map { $0.name } }

    /// The method of a name.
    public static func named(_ name: String) -> (any Method.Type)? { all.first { $0.name == name } }
}
