/// Plain cross-entropy: the mean over the batch of -z_y + log Σ exp z_c; with mixup, its mixture of two targets.
public struct CrossEntropy: Method {
    /// The word in a recipe.
    public static let name = "ce"
    /// One line for help.
    public static let summary = "plain cross-entropy"

    /// It has no parameters.
    public init() {}

    /// It has no keys.
    public static var fields: [Field<CrossEntropy>] { [] }
}
