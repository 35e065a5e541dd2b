import LongTailRecipeCoding
import LongTailVision

// The keys of each step.

extension RandomResizedCrop: RecipePart {
    public static var fields: [RecipeField<RandomResizedCrop>] {
        [
            RecipeField("size", \.size, in: 1...8192, "height and width of what comes out, pixels"),
            RecipeField("scale", \.scale, "smallest and largest share of the picture's area"),
            RecipeField("ratio", \.ratio, "smallest and largest width over height"),
            RecipeField("interpolation", \.interpolation, "by which weights the part is resized"),
        ]
    }
}

extension Resize: RecipePart {
    public static var fields: [RecipeField<Resize>] {
        [
            RecipeField("size", \.side, in: 1...8192, "the shorter side, pixels"),
            RecipeField("interpolation", \.interpolation, "by which weights"),
            RecipeField("squash", \.squashes, "whether both sides get that length, whatever the picture's shape"),
        ]
    }
}

extension CenterCrop: RecipePart {
    public static var fields: [RecipeField<CenterCrop>] {
        [
            RecipeField("size", \.size, in: 1...8192, "height and width, pixels"),
            RecipeField("rounding", \.rounding, "where half a pixel goes: to the even side, or down"),
        ]
    }
}

extension RandomCrop: RecipePart {
    public static var fields: [RecipeField<RandomCrop>] {
        [
            RecipeField("size", \.size, in: 1...8192, "height and width, pixels; null keeps the picture's"),
            RecipeField("padding", \.padding, in: 0...4096, "black pixels on each side beforehand"),
        ]
    }
}

extension RandomHorizontalFlip: RecipePart {
    public static var fields: [RecipeField<RandomHorizontalFlip>] { [] }
}

extension RandomRotation: RecipePart {
    public static var fields: [RecipeField<RandomRotation>] {
        [RecipeField("degrees", \.degrees, in: 0...180, "largest angle to both sides")]
    }
}

extension ColorJitter: RecipePart {
    public static var fields: [RecipeField<ColorJitter>] {
        [
            RecipeField("brightness", \.brightness, in: 0...10, "largest change of the factor from 1"),
            RecipeField("contrast", \.contrast, in: 0...10, "largest change of the factor from 1"),
            RecipeField("saturation", \.saturation, in: 0...10, "largest change of the factor from 1"),
            RecipeField("hue", \.hue, in: 0...0.5, "largest turn, as a share of the circle"),
        ]
    }
}

extension RandomGrayscale: RecipePart {
    public static var fields: [RecipeField<RandomGrayscale>] {
        [RecipeField("probability", \.probability, in: 0...1, "how often the picture becomes gray")]
    }
}

extension GaussianBlur: RecipePart {
    public static var fields: [RecipeField<GaussianBlur>] {
        [RecipeField("sigma", \.sigma, "smallest and largest standard deviation, pixels")]
    }
}

extension AutoAugment: RecipePart {
    public static var fields: [RecipeField<AutoAugment>] { [] }
}

extension RandAugment: RecipePart {
    public static var fields: [RecipeField<RandAugment>] {
        [
            RecipeField("operations", \.operations, in: 0...15, "operations a picture"),
            RecipeField("magnitude", \.magnitude, in: 0...10, "mean level of their strength, of 10"),
            RecipeField("deviation", \.deviation, in: 0...10, "standard deviation of the level"),
            RecipeField("probability", \.probability, in: 0...1, "how often a drawn operation is done"),
        ]
    }
}

extension Cutout: RecipePart {
    public static var fields: [RecipeField<Cutout>] {
        [RecipeField("size", \.size, in: 0...8192, "side of the square, pixels")]
    }
}

extension RandomApply: RecipePart {
    private var recipes: [StepRecipe] {
        get { steps.compactMap { ($0 as? any RecipeStep).map(StepRecipe.init) } }
        set { steps = newValue.map(\.step) }
    }

    public static var fields: [RecipeField<RandomApply>] {
        [
            RecipeField("probability", \.probability, in: 0...1, "how often the steps are done"),
            RecipeField("steps", \.recipes, "the steps"),
        ]
    }
}
