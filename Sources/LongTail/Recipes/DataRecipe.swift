/// Which images, how many of each class, and what is done to them while training.
public struct DataRecipe: RecipePart {
    /// The data sets that a recipe can name.
    public enum Name: String, RecipeChoice {
        /// Krizhevsky 2009, binary version: 50,000 training images of 10 classes.
        case cifar10 = "cifar-10"
        /// Krizhevsky 2009, binary version: 50,000 training images of 100 classes.
        case cifar100 = "cifar-100"
        /// The embedded procedural set: seeded stroke drawings, 32×32.
        case glyphs
        /// A folder with one folder of JPEG or PNG files per class.
        case folder
    }

    /// What a training image goes through.
    public enum Augmentation: String, RecipeChoice {
        /// Zero padding, a random crop of the original size, a horizontal flip half of the time.
        case cropAndFlip = "crop-and-flip"
        /// The image as it is.
        case none
    }

    /// The data set.
    public var name = Name.cifar100
    /// Glyphs: number of classes.
    public var classes: Int?
    /// Glyphs: training images of the largest class.
    public var imagesPerClass: Int?
    /// Glyphs: test images of every class.
    public var testImagesPerClass: Int?
    /// Largest over smallest class; 1 keeps every image.
    public var imbalance = 1.0
    /// How the counts fall from the largest to the smallest class (exponential in most papers).
    public var profile = LongTailProfile.exponential
    /// Which images of a class are kept; the supplied checkpoint's are the first in record order.
    public var selection = Selection.first
    /// Training images a class that are kept apart for validation; 0 for none.
    public var validation = 0
    /// Folder: height and width that images are resized to, in pixels.
    public var imageSize = 32
    /// What a training image goes through (CIFAR in all of the field's code: crop with padding 4, flip).
    public var augmentation = Augmentation.cropAndFlip
    /// Zero padding on each side before the random crop, in pixels.
    public var padding = 4

    /// The defaults.
    public init() {}

    /// The keys.
    public static var fields: [Field<DataRecipe>] {
        [
            Field(
                "name", \.name, required: true, "the data set: " + Name.allCases.map(\.rawValue).joined(separator: ", ")
            ),
            Field("classes", \.classes, in: 2...10_000, "glyphs only: number of classes"),
            Field(
                "images-per-class", \.imagesPerClass, in: 1...100_000,
                "glyphs only: training images of the largest class"),
            Field(
                "test-images-per-class", \.testImagesPerClass, in: 1...100_000,
                "glyphs only: test images of every class"),
            Field("imbalance", \.imbalance, in: 1...100_000, "largest over smallest class; 1 keeps every image"),
            Field("profile", \.profile, "how the counts fall from the largest to the smallest class"),
            Field("selection", \.selection, "which images of a class are kept"),
            Field("validation", \.validation, in: 0...100_000, "training images a class kept apart for validation"),
            Field(
                "image-size", \.imageSize, in: 8...1024, "folder only: height and width of the network's input, pixels"),
            Field("augmentation", \.augmentation, "what a training image goes through"),
            Field("padding", \.padding, in: 0...256, "zero padding on each side before the random crop, pixels"),
        ]
    }

    /// Keys that only one data set knows.
    public func conflicts() -> [RecipeConflict] {
        guard name != .glyphs else { return [] }
        let given = [
            ("classes", classes), ("images-per-class", imagesPerClass), ("test-images-per-class", testImagesPerClass),
        ]
        return given.filter { $0.1 != nil }.map {
            RecipeConflict($0.0, "is only for glyphs; \(name.rawValue) brings its own", remedy: "Remove the key.")
        }
    }
}
