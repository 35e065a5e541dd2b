import LongTailImbalance
import LongTailRecipeCoding
import LongTailVision

// The closed choices of other parts of the house that a recipe can name.

extension LongTailProfile: RecipeChoice {}
extension ShotGroup: RecipeChoice {}
extension SubsetSelection: RecipeChoice {}
extension ShortClassPolicy: RecipeChoice {}
extension MergeStrategy: OpenRecipeChoice {}
extension BufferPolicy: RecipeChoice {}
extension Transform.Decoding: RecipeChoice {}
extension Interpolation: RecipeChoice {}
extension CropMode: RecipeChoice {}
extension CropRounding: RecipeChoice {}
extension EXIFOrientation: RecipeChoice {}
extension BrokenImages: RecipeChoice {}
extension Network.Architecture: OpenRecipeChoice {}
extension Classifier.Kind: RecipeChoice {}
