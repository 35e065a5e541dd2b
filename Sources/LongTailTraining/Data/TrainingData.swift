import LongTailBasics
import LongTailImbalance
import LongTailVision

/// The images that a recipe trains on, and what the rest of the run needs to know of them.
public struct TrainingData: Sendable {
    /// The kept images.
    public let dataset: any Dataset
    /// Images that are kept apart for validation; empty unless the recipe asks for them.
    public let validation: any Dataset
    /// Kept images per class.
    public let counts: ClassCounts
    /// What a reader of the run should know of how the images were chosen, a sentence each.
    public let notes: [String]
    /// SHA-256 of the kept list: which images, with which labels.
    public let listHash: String

    /// Opens the training split of a recipe's data set under a folder and keeps what the profile keeps.
    ///
    /// - Parameters:
    ///   - recipe: Which data, which profile.
    ///   - root: The folder given as `--data`; nil for the embedded set.
    ///   - seed: The run's seed (selections and validation drawn by seed).
    public init(_ recipe: DataRecipe, root: String?, seed: UInt64) throws(LongTailError) {
        let (full, notes) = try recipe.openTraining(root: root)
        let kept = try recipe.kept(of: full, seed: seed)
        let selected = try SubsetDataset(full, indices: kept)
        if recipe.validation == 0 {
            dataset = selected
            let none = try SubsetDataset(full, indices: [])
            validation = try recipe.openValidation(root: root) ?? none
        } else {
            let split = try ValidationSplit.draw(
                labels: selected.labels, names: full.classNames, imagesPerClass: recipe.validation, seed: seed)
            dataset = try SubsetDataset(full, indices: split.training.map { kept[$0] })
            validation = try SubsetDataset(full, indices: split.validation.map { kept[$0] })
        }
        self.notes = notes
        counts = try ClassCounts(names: full.classNames, labels: dataset.labels)
        listHash = dataset.listHash
    }

    /// Any images to train on.
    ///
    /// - Parameters:
    ///   - dataset: The images, all of which are trained on.
    ///   - validation: Images that are kept apart, of the same classes; none by default.
    public init(_ dataset: any Dataset, validation: (any Dataset)? = nil) throws(LongTailError) {
        self.dataset = dataset
        self.validation = if let validation { validation } else { try SubsetDataset(dataset, indices: []) }
        counts = try ClassCounts(names: dataset.classNames, labels: dataset.labels)
        (notes, listHash) = ([], dataset.listHash)
    }
}

extension TrainingData {
    /// What is wrong with a set of one class, which often is a folder named one too high or too low; nil for others.
    package var oneClass: String? {
        guard counts.classCount == 1, let name = counts.names.first else { return nil }
        let text =
            "there is one class alone, '\(name)', and nothing to tell it from; the data set's folder is the one that "
            + "holds a folder for each class"
        return folderOfClasses.map { "\(text): \($0), as it looks" } ?? text
    }

    /// Where the class folders seem to lie, when the only class is a folder of such; nil otherwise.
    package var folderOfClasses: String? {
        let images = (dataset as? SubsetDataset)?.base as? ListedImages
        guard counts.classCount == 1, let name = counts.names.first, let source = images?.list.source,
            ImageList.isClassFolders("\(source)/\(name)")
        else { return nil }
        return "\(source)/\(name)"
    }
}

/// The one place that opens the test split.
///
/// Commands call it to report, never to choose.
public enum TestSplit {
    /// Every test image of a recipe's data set.
    public static func open(_ recipe: DataRecipe, root: String?) throws(LongTailError) -> any Dataset {
        try open(recipe, root: root, broken: .stop)
    }

    /// The same for a check, which with `skip` goes on past files that are no pictures.
    package static func open(
        _ recipe: DataRecipe, root: String?, broken: BrokenImages
    ) throws(LongTailError) -> any Dataset {
        try open(recipe, root: root, classes: nil, broken)
    }

    private static func open(
        _ recipe: DataRecipe, root: String?, classes: [String]?, _ broken: BrokenImages
    ) throws(LongTailError) -> any Dataset {
        guard recipe.name.isListed else { return try recipe.open(.test, root: root) }
        let lists = SplitLists(recipe, data: try recipe.folder(root), brokenTest: broken)
        return recipe.images(try lists.test(classes: classes))
    }

    /// The same where the classes of the training images are known, so that those need not be there.
    ///
    /// Test images that could not be reported on are refused, missing ones or ones of other classes: the end of a run
    /// may be days away from its beginning.
    public static func open(
        _ recipe: DataRecipe, root: String?, classNames: [String]
    ) throws(LongTailError) -> any Dataset {
        let test = try open(recipe, root: root, classes: classNames, .stop)
        guard test.count > 0 else { throw LongTailError(.data, "\(test.name) has no test images") }
        guard test.classNames != classNames else { return test }
        let strange = Set(test.classNames).symmetricDifference(classNames).sorted().prefix(4)
            .map { "'\($0)'" }.joined(separator: ", ")
        throw LongTailError(
            .data, "the test images have other classes than the training images: \(strange)",
            remedy: "Give both parts the same class folders.")
    }

    /// What is to be said of test pictures that have a source of their own: what was left out of it.
    package static func notes(on test: any Dataset) -> [String] {
        guard let list = (test as? ListedImages)?.list else { return [] }
        return list.notes.map { "\(list.source): \($0)" }
    }
}

extension DataRecipe {
    /// Whether another seed of the run gives other images.
    package var isDrawnBySeed: Bool { validation > 0 || imbalance > 1 && selection == .seeded }

    /// The folder of a set on disk.
    fileprivate func folder(_ root: String?) throws(LongTailError) -> String {
        guard let root else {
            throw LongTailError(
                .usage, "the data set \(name.rawValue) needs a folder",
                remedy: "Name it with \(Wording.option("data", "FOLDER")).")
        }
        return root
    }

    /// A part of a set that is whole in itself, under the recipe's normalisation.
    fileprivate func open(_ split: DataSplit, root: String?) throws(LongTailError) -> any Dataset {
        let images = try standard(split, root: root)
        return images.normalization == normalization ? images : RenormalizedDataset(images, normalization)
    }

    private func standard(_ split: DataSplit, root: String?) throws(LongTailError) -> any Dataset {
        if let source = name.source {
            return try passing("data set \(name.rawValue)") { try source.open(split, root) }
        }
        switch name {
        case .glyphs:
            let perClass = split == .train ? imagesPerClass ?? 200 : testImagesPerClass ?? 50
            return try Glyphs(classes: classes ?? 20, imagesPerClass: perClass, split: split)
        case .cifar100: return try CIFAR(root: folder(root), variant: .cifar100, split: split)
        default: return try CIFAR(root: folder(root), variant: .cifar10, split: split)
        }
    }

    /// Everything to train on, before a profile, and what is to be said of it.
    fileprivate func openTraining(root: String?) throws(LongTailError) -> (any Dataset, notes: [String]) {
        guard name.isListed else { return (try open(.train, root: root), []) }
        let (part, notes) = try SplitLists(self, data: folder(root)).training()
        return (images(part), notes)
    }

    /// The images of a validation list; nil when the recipe names none.
    fileprivate func openValidation(root: String?) throws(LongTailError) -> (any Dataset)? {
        guard name.isListed, let part = try SplitLists(self, data: folder(root)).validation() else { return nil }
        return images(part)
    }

    /// The images of a list.
    fileprivate func images(_ part: SplitLists.Part) -> ListedImages {
        ListedImages(
            name: name.rawValue, list: part.list, root: part.root, normalization: normalization, reading: reading)
    }

    /// Positions that the profile keeps; all of them at imbalance 1.
    fileprivate func kept(of full: any Dataset, seed: UInt64) throws(LongTailError) -> [Int] {
        guard imbalance > 1 else { return Array(0..<full.count) }
        let available = try ClassCounts(names: full.classNames, labels: full.labels)
        let counts = try profile.counts(
            classes: available.classCount, maximum: available.maximum, imbalance: imbalance,
            available: available.counts)
        return try selection.kept(labels: full.labels, counts: counts, seed: seed)
    }
}
