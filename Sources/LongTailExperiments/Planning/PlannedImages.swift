import LongTailBasics
import LongTailImbalance
import LongTailTraining
import LongTailVision

/// The images that a plan counts: the data set's own, or placeholders in the published numbers.
struct PlannedImages {
    /// What would be trained on.
    let data: TrainingData
    /// What would be reported on.
    let test: any Dataset
    /// Pictures in memory of the same size and number as those trained on.
    let placeholders: PlaceholderImages
    /// Whether the data set's own files were found.
    let isReal: Bool
    /// What `data` goes through: the recipe's steps, or nothing for placeholders, which have the input's size already.
    let pictures: (StageRecipe) -> ImageTreatment
    /// What `test` goes through.
    let preparation: Transform
    /// What is to be said about them.
    let note: String?

    /// Opens a recipe's images under a folder, or falls back on what is published.
    ///
    /// - Throws: When the files are absent and nothing is published about their number.
    init(_ recipe: Recipe, root: String?) throws(LongTailError) {
        let input = try recipe.data.trainingTransform.outputSize(
            of: recipe.data.name.rawValue, from: recipe.data.nativeSize)
        let found = try Self.find(recipe, root: root, input)
        (data, test, isReal, note) = (found.data, found.test, found.note == nil, found.note)
        pictures = found.note == nil ? { recipe.data.pictures($0.training) } : { _ in .asTheyAre }
        preparation = found.note == nil ? recipe.data.evaluationTransform : Transform()
        placeholders = try PlaceholderImages(counts: data.counts.counts, size: input)
    }

    private static func find(
        _ recipe: Recipe, root: String?, _ input: ImageSize
    ) throws(LongTailError) -> (data: TrainingData, test: any Dataset, note: String?) {
        let name = recipe.data.name.rawValue
        do throws(LongTailError) {
            let data = try TrainingData(recipe.data, root: root, seed: recipe.seed)
            return (data, try TestSplit.open(recipe.data, root: root), nil)
        } catch {
            guard let published = PublishedCounts(recipe.data.name) else {
                throw error.with { "How many images \(name) has is known from its files alone. \($0 ?? "")" }
            }
            let reason = root == nil ? "no folder of images" : error.problem
            let note =
                "Counted from what is published about \(name), measured on placeholder images (\(reason))"
                + (published.isExact ? "." : "; images per class lie on a curve with the published ends and total.")
            let test = try PlaceholderImages(
                counts: spread(published.test, over: published.classes), size: input)
            return (try TrainingData(published: published, recipe, input), test, note)
        }
    }

    private static func spread(_ count: Int, over classes: Int) -> [Int] {
        (0..<classes).map { count / classes + ($0 < count % classes ? 1 : 0) }
    }
}

extension ImageTreatment {
    /// Pictures that are the network's input already.
    static var asTheyAre: ImageTreatment { ImageTreatment(transform: Transform()) }
}

extension TrainingData {
    /// Placeholders in the published numbers, cut to the recipe's profile and validation.
    fileprivate init(published: PublishedCounts, _ recipe: Recipe, _ input: ImageSize) throws(LongTailError) {
        let available = published.counts()
        let kept =
            recipe.data.imbalance > 1
            ? try recipe.data.profile.counts(
                classes: published.classes, maximum: available.max() ?? 0, imbalance: recipe.data.imbalance,
                available: available)
            : available
        let images = try PlaceholderImages(counts: kept, size: input)
        let split = try ValidationSplit.draw(
            labels: images.labels, names: images.classNames, imagesPerClass: recipe.data.validation, seed: recipe.seed)
        try self.init(
            SubsetDataset(images, indices: split.training), validation: SubsetDataset(images, indices: split.validation)
        )
    }
}
