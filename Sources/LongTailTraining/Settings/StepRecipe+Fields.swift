import LongTailRecipeCoding
import LongTailVision

// The keys of each step.

extension RandomResizedCrop: RecipePart {
    public static var fields: [Field<RandomResizedCrop>] {
        [
            Field("size", \.size, in: 1...8192, "height and width of what comes out, pixels"),
            Field("scale", \.scale, "smallest and largest share of the picture's area"),
            Field("ratio", \.ratio, "smallest and largest width over height"),
        ]
    }
}

extension Resize: RecipePart {
    public static var fields: [Field<Resize>] { [Field("size", \.side, in: 1...8192, "the shorter side, pixels")] }
}

extension CenterCrop: RecipePart {
    public static var fields: [Field<CenterCrop>] { [Field("size", \.size, in: 1...8192, "height and width, pixels")] }
}

extension RandomCrop: RecipePart {
    public static var fields: [Field<RandomCrop>] {
        [
            Field("size", \.size, in: 1...8192, "height and width, pixels; null keeps the picture's"),
            Field("padding", \.padding, in: 0...4096, "black pixels on each side beforehand"),
        ]
    }
}

extension RandomHorizontalFlip: RecipePart {
    public static var fields: [Field<RandomHorizontalFlip>] { [] }
}

extension RandomRotation: RecipePart {
    public static var fields: [Field<RandomRotation>] {
        [Field("degrees", \.degrees, in: 0...180, "largest angle to both sides")]
    }
}

extension ColorJitter: RecipePart {
    public static var fields: [Field<ColorJitter>] {
        [
            Field("brightness", \.brightness, in: 0...10, "largest change of the factor from 1"),
            Field("contrast", \.contrast, in: 0...10, "largest change of the factor from 1"),
            Field("saturation", \.saturation, in: 0...10, "largest change of the factor from 1"),
            Field("hue", \.hue, in: 0...0.5, "largest turn, as a share of the circle"),
        ]
    }
}

extension RandomGrayscale: RecipePart {
    public static var fields: [Field<RandomGrayscale>] {
        [Field("probability", \.probability, in: 0...1, "how often the picture becomes gray")]
    }
}

extension GaussianBlur: RecipePart {
    public static var fields: [Field<GaussianBlur>] {
        [Field("sigma", \.sigma, "smallest and largest standard deviation, pixels")]
    }
}

extension AutoAugment: RecipePart {
    public static var fields: [Field<AutoAugment>] { [] }
}

extension RandAugment: RecipePart {
    public static var fields: [Field<RandAugment>] {
        [
            Field("operations", \.operations, in: 0...15, "operations a picture"),
            Field("magnitude", \.magnitude, in: 0...10, "mean level of their strength, of 10"),
            Field("deviation", \.deviation, in: 0...10, "standard deviation of the level"),
            Field("probability", \.probability, in: 0...1, "how often a drawn operation is done"),
        ]
    }
}

extension Cutout: RecipePart {
    public static var fields: [Field<Cutout>] { [Field("size", \.size, in: 0...8192, "side of the square, pixels")] }
}

extension RandomApply: RecipePart {
    private var recipes: [StepRecipe] {
        get { steps.compactMap { ($0 as? any RecipeStep).map(StepRecipe.init) } }
        set { steps = newValue.map(\.step) }
    }

    public static var fields: [Field<RandomApply>] {
        [
            Field("probability", \.probability, in: 0...1, "how often the steps are done"),
            Field("steps", \.recipes, "the steps"),
        ]
    }
}
