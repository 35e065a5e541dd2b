import LongTailImbalance
import LongTailRecipeCoding
import LongTailVision

// The closed choices of other parts of the house that a recipe can name.

extension LongTailProfile: RecipeChoice {}
extension Group: RecipeChoice {}
extension Selection: RecipeChoice {}
extension ShortClassPolicy: RecipeChoice {}
extension MergeStrategy: OpenRecipeChoice {}
extension BufferPolicy: RecipeChoice {}
extension Transform.Decoding: RecipeChoice {}
extension BrokenImages: RecipeChoice {}
extension Network.Name: OpenRecipeChoice {}
extension Classifier.Kind: RecipeChoice {}
