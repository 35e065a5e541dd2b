import LongTailImbalance
import LongTailRecipeCoding

/// How the test images are reported on.
public struct EvaluationRecipe: RecipePart {
    /// How classes are told apart as many, medium and few.
    public enum Groups: String, RecipeChoice {
        /// By training images: over 100, 20 to 100, under 20.
        case rule
        /// By rank in training frequency, with given numbers of classes.
        case fixed
    }

    /// How classes are told apart.
    public var groups = Groups.rule
    /// Fixed groups: number of classes in "many".
    public var many: Int?
    /// Fixed groups: number of classes in "medium"; the rest is "few".
    public var medium: Int?
    /// Over how many of the worst classes a mean is reported.
    public var worst = 10
    /// The batch size: images of a forward pass.
    public var batchSize = 500

    /// The arithmetic: by default the machine's, whatever the model was trained in.
    public var precision = ComputePrecision.auto

    public init() {}

    public static var fields: [RecipeField<EvaluationRecipe>] {
        [
            RecipeField(
                "groups", \.groups,
                "many/medium/few by the rule (over 100, 20 to 100, under 20 images) or by fixed sizes"),
            RecipeField("many", \.many, in: 0...100_000, "fixed groups: number of classes in 'many'"),
            RecipeField(
                "medium", \.medium, in: 0...100_000, "fixed groups: number of classes in 'medium'; the rest is 'few'"),
            RecipeField("worst", \.worst, in: 1...100_000, "over how many of the worst classes a mean is reported"),
            RecipeField("batch-size", \.batchSize, in: 1...100_000, "the batch size: images of a forward pass"),
            RecipeField(
                "precision", \.precision,
                "float32 or bfloat16; auto is what the machine multiplies fastest, whatever the model was trained in"),
        ]
    }

    /// The rule as metrics know it.
    public var rule: ShotGroupRule {
        switch groups {
        case .rule: .threshold
        case .fixed: .fixed(many: many ?? 0, medium: medium ?? 0)
        }
    }

    /// Fixed groups need their sizes, the rule takes none.
    public func conflicts() -> [RecipeConflict] {
        switch groups {
        case .fixed where many == nil || medium == nil:
            [
                RecipeConflict(
                    "groups", "is fixed, which needs 'many' and 'medium'",
                    remedy: "As in: groups: fixed, many: 36, medium: 35")
            ]
        case .rule where many != nil || medium != nil:
            [
                RecipeConflict(
                    many != nil ? "many" : "medium", "is only for fixed groups",
                    remedy: "Add 'groups: fixed' or remove the key.")
            ]
        default: []
        }
    }
}
