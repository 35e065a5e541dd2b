import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailVision

/// Which images, how many of each class, and what is done to them while training.
public struct DataRecipe: RecipePart {
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
    public var selection = SubsetSelection.first
    /// Training images a class that are kept apart for validation; 0 for none.
    public var validation = 0
    /// Photographs: height and width of the network's input in the standard steps, in pixels.
    public var imageSize = 224
    /// Photographs: the share of the shorter side that the standard preparation keeps.
    public var cropShare = 0.875
    /// Photographs: whether the standard preparation keeps their proportions.
    public var cropMode = CropMode.center
    /// Where half a pixel goes when the standard preparation cuts out the middle.
    public var cropRounding = CropRounding.even
    /// Photographs: by which weights the standard steps resize.
    public var interpolation = Interpolation.bilinear
    /// What the network's input is normalised by, per channel of pixels from 0 to 1; nil for the data set's own.
    public var mean: [Double]?
    /// The deviation to `mean`.
    public var std: [Double]?
    /// What a training image goes through; nil for what is usual on the data set (`standardAugmentation`).
    public var augmentation: [StepRecipe]?
    /// What an image to evaluate on goes through; nil for what is usual on the data set (`standardPreparation`).
    public var preparation: [StepRecipe]?
    /// How training images are decoded; images to evaluate on are always decoded exactly.
    public var decoding = Transform.Decoding.exact
    /// Whether pictures are turned as their EXIF says; torchvision's `ImageFolder` leaves them as they are stored.
    public var exifOrientation = EXIFOrientation.turn
    /// Pictures of more million pixels are refused by their header.
    public var maxMegapixels = 64
    /// What becomes of a training image that cannot be decoded; one to evaluate on always stops the run.
    public var brokenImages = BrokenImages.stop
    /// Decoded photographs that a stage, or a BTM member, keeps in memory from epoch to epoch, in MiB.
    public var cache = 512

    /// Sets on disk: where the pictures are listed.
    public var lists = ListRecipe()

    public init() {}

    public static var fields: [RecipeField<DataRecipe>] {
        [
            RecipeField(
                "name", \.name, required: true, "the data set: " + Name.allCases.map(\.rawValue).joined(separator: ", ")
            ),
            RecipeField("classes", \.classes, in: 2...10_000, "glyphs only: number of classes"),
            RecipeField(
                "images-per-class", \.imagesPerClass, in: 1...100_000,
                "glyphs only: training images of the largest class"),
            RecipeField(
                "test-images-per-class", \.testImagesPerClass, in: 1...100_000,
                "glyphs only: test images of every class"),
            RecipeField("imbalance", \.imbalance, in: 1...100_000, "largest over smallest class; 1 keeps every image"),
            RecipeField("profile", \.profile, "how the counts fall from the largest to the smallest class"),
            RecipeField("selection", \.selection, "which images of a class are kept"),
            RecipeField(
                "validation", \.validation, in: 0...100_000, "training images a class kept apart for validation"),
            RecipeField(
                "image-size", \.imageSize, in: 8...1024,
                "photographs only: height and width of the network's input in the standard steps, pixels"),
            RecipeField(
                "crop-share", \.cropShare, in: 0.1...1,
                "photographs only: share of the shorter side that the standard preparation keeps"),
            RecipeField(
                "crop-mode", \.cropMode,
                "photographs only: the standard preparation resizes the shorter side (center) or both to the same length (squash)"
            ),
            RecipeField(
                "crop-rounding", \.cropRounding,
                "photographs only: where half a pixel goes when the standard preparation cuts out the middle (even or down)"
            ),
            RecipeField(
                "interpolation", \.interpolation, "photographs only: by which weights the standard steps resize"),
            RecipeField(
                "mean", \.mean, "mean of red, green and blue (0 to 1) that is taken off; null for the data set's own"),
            RecipeField(
                "std", \.std, "deviation of red, green and blue that is divided by; null for the data set's own"),
            RecipeField(
                "augmentation", \.augmentation,
                "steps of a training image; null for the data set's own: crop with padding 4 and flip, or for "
                    + "photographs random-resized-crop, flip and color-jitter"),
            RecipeField(
                "preparation", \.preparation,
                "steps of an image to evaluate on; null for the data set's own: none, or for photographs resize and "
                    + "center-crop"),
            RecipeField("decoding", \.decoding, "training images: exact, or fast at a fraction of a JPEG's size"),
            RecipeField(
                "exif-orientation", \.exifOrientation,
                "pictures whose EXIF names an orientation: turn them upright, or ignore it, as torchvision does"),
            RecipeField(
                "max-megapixels", \.maxMegapixels, in: 1...1000,
                "a picture of more million pixels is refused by its header"),
            RecipeField(
                "broken-images", \.brokenImages,
                "a training image that cannot be decoded: stop, or skip to the next one of its class and say so"),
            RecipeField(
                "cache", \.cache, in: 0...1_000_000, "decoded photographs kept in memory from epoch to epoch, MiB"),
        ] + ListRecipe.fields.map { $0.lifted(get: { $0.lists }, set: { $0.lists = $1 }) }
    }

    /// Reads a mapping; steps that it does not give are those of the data set, so that the resolved recipe names them.
    public static func decode(
        _ node: RecipeNode, at path: RecipePath, over base: DataRecipe?, _ report: inout RecipeReport
    ) -> DataRecipe? {
        var data = base ?? DataRecipe()
        guard node.decode(fields, at: path, into: &data, &report) else { return nil }
        data.mean = data.mean ?? data.standardNormalization.mean.map { Double("\($0)") ?? Double($0) }
        data.std = data.std ?? data.standardNormalization.std.map { Double("\($0)") ?? Double($0) }
        data.augmentation = data.augmentation ?? data.standardAugmentation
        data.preparation = data.preparation ?? data.standardPreparation
        return data
    }

    /// Keys that only some data sets know, and steps that do not fit together.
    public func conflicts() -> [RecipeConflict] {
        glyphConflicts() + listConflicts() + stepConflicts() + normalizationConflicts()
    }

    private func normalizationConflicts() -> [RecipeConflict] {
        [("mean", mean, -1...1.0), ("std", std, 1e-3...10.0)].compactMap { key, values, range in
            guard let values, values.count != 3 || !values.allSatisfy(range.contains) else { return nil }
            return RecipeConflict(
                key, "must be three numbers from \(range.lowerBound) to \(range.upperBound), found \(values)",
                remedy: "One each for red, green and blue, of pixels from 0 to 1.")
        }
    }

    private func stepConflicts() -> [RecipeConflict] {
        let lists = [
            ("augmentation", augmentation ?? standardAugmentation), ("preparation", preparation ?? standardPreparation),
        ]
        return lists.flatMap { key, steps in stepConflicts(key, steps) }
    }

    /// Steps under a key that do not fit together or these images.
    package func stepConflicts(_ key: String, _ steps: [StepRecipe]) -> [RecipeConflict] {
        let own = steps.enumerated().flatMap { index, step in
            step.conflicts().map { $0.under(RecipePath().key(key).index(index)) }
        }
        guard own.isEmpty else { return own }
        do throws(LongTailError) {
            _ = try Transform(steps).outputSize(of: "the data set", from: nativeSize)
            return []
        } catch { return [RecipeConflict(key, "does not work: \(error.problem)", remedy: error.remedy)] }
    }

    private func glyphConflicts() -> [RecipeConflict] {
        guard name != .glyphs else { return [] }
        let given = [
            ("classes", classes), ("images-per-class", imagesPerClass), ("test-images-per-class", testImagesPerClass),
        ]
        return given.filter { $0.1 != nil }.map {
            RecipeConflict($0.0, "is only for glyphs; \(name.rawValue) brings its own", remedy: "Remove the key.")
        }
    }
}
