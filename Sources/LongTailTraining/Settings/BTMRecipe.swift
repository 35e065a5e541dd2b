import LongTailImbalance
import LongTailRecipeCoding

/// Balanced training and merging (Yu, Du and Wu 2024, section 4): what the BTM stage needs beside its training.
public struct BTMRecipe: RecipePart {
    /// N_D: how many subsets are drawn and models trained (paper: 10 on every data set).
    public var members = 10
    /// N_C: images of a class in each subset (paper: 10 on every data set).
    public var imagesPerClass = 10
    /// How many subsets a member trains on the union of; 1 but for the union model of the paper's figure 2.
    public var subsetsPerMember = 1
    /// What a class with fewer images does; the paper's lists keep what there is.
    public var shortClasses = ShortClassPolicy.keep
    /// How the members become one (paper: average; Table 6 has the others).
    public var merge = MergeStrategy.average
    /// What becomes of buffers such as running means (official code: average).
    public var buffers = BufferPolicy.average
    /// Whether every member's weights stay in the run.
    public var keepMembers = false

    public init() {}

    public static var fields: [RecipeField<BTMRecipe>] {
        [
            RecipeField("members", \.members, in: 1...1000, "N_D: subsets drawn and models trained (paper: 10)"),
            RecipeField(
                "images-per-class", \.imagesPerClass, in: 1...100_000,
                "N_C: images of a class in each subset (paper: 10)"),
            RecipeField(
                "subsets-per-member", \.subsetsPerMember, in: 1...1000,
                "subsets whose union a member trains on (1; 2 for the union model of the paper's figure 2)"),
            RecipeField(
                "short-classes", \.shortClasses, "what a class with fewer images does (paper: keep what there is)"),
            RecipeField("merge", \.merge, "how the members become one (paper: average)"),
            RecipeField("buffers", \.buffers, "what becomes of buffers such as running means (official code: average)"),
            RecipeField("keep-members", \.keepMembers, "whether every member's weights stay in the run"),
        ]
    }
}
