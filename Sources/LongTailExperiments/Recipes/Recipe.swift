import LongTailRecipeCoding
import LongTailTraining

/// A whole experiment, whose file is the one page to read: data, network and stages.
public struct Recipe: RecipePart {
    /// What runs are called; nil takes the name of the file.
    public var name: String?
    /// Which images, how many of each class, and what is done to them.
    public var data = DataRecipe()
    /// The network and the weights to start from.
    public var network = NetworkRecipe()
    /// The seed of every random number of the run.
    public var seed: UInt64 = 0
    /// The arithmetic of convolutions and matrix products while training.
    public var precision = ComputePrecision.auto
    /// How the test images are reported on.
    public var evaluation = EvaluationRecipe()
    /// What is done, in order; at least one.
    public var stages: [StageRecipe] = []
    /// What a program has added to the words of recipes; not part of what the recipe says.
    public internal(set) var registry = Registry()

    /// An experiment without stages; fill them in.
    public init() {}

    public static var fields: [RecipeField<Recipe>] {
        [
            RecipeField("name", \.name, "what runs are called; null takes the name of the recipe's file"),
            RecipeField("data", \.data, required: true, "the images"),
            RecipeField("network", \.network, "the network"),
            RecipeField("seed", \.seed, "the seed of every random number of the run"),
            RecipeField(
                "precision", \.precision,
                "auto, float32, or bfloat16 autocast with float32 weights; auto is what the machine multiplies fastest"),
            RecipeField("evaluation", \.evaluation, "how the test images are reported on"),
            RecipeField(
                "stages", \.stages, required: true, "the list of stages, each one of pre-train, fc, btm, post-train"),
        ]
    }
}

extension Recipe {
    /// The recipe with the precision that this machine's current device gives it.
    public var resolved: Recipe {
        var recipe = self
        recipe.precision = precision.resolved
        return recipe
    }
}
