import Basics
import Vision

/// The images that a recipe trains on, and what the rest of the run needs to know of them.
public struct TrainingData: Sendable {
    /// The kept images.
    public let dataset: any Dataset
    /// Images that are kept apart for validation; empty unless the recipe asks for them.
    public let validation: any Dataset
    /// Kept images per class.
    public let counts: ClassCounts
    /// SHA-256 of the kept list: which images, with which labels.
    public let listHash: String

    /// Opens the training split of a recipe's data set under a folder and keeps what the profile keeps.
    ///
    /// - Parameters:
    ///   - recipe: Which data, which profile.
    ///   - root: The folder given as `--data`; nil for the embedded set.
    ///   - seed: The run's seed (selections and validation drawn by seed).
    public init(_ recipe: DataRecipe, root: String?, seed: UInt64) throws(Failure) {
        let full = try recipe.open(.train, root: root)
        let kept = try recipe.kept(of: full, seed: seed)
        let selected = try SubsetDataset(full, indices: kept)
        let split = try ValidationSplit.draw(
            labels: selected.labels, names: full.classNames, imagesPerClass: recipe.validation, seed: seed)
        dataset = try SubsetDataset(full, indices: split.training.map { kept[$0] })
        validation = try SubsetDataset(full, indices: split.validation.map { kept[$0] })
        counts = try ClassCounts(names: full.classNames, labels: dataset.labels)
        let images = dataset
        listHash = LongTail.listHash(zip(0..., images.labels).lazy.map { (images.identity(of: $0), $1) })
    }
}

/// The one place that opens the test split.
///
/// Commands call it to report, never to choose.
public enum TestSplit {
    /// Every test image of a recipe's data set.
    public static func open(_ recipe: DataRecipe, root: String?) throws(Failure) -> any Dataset {
        try recipe.open(.test, root: root)
    }

    /// Refuses test images that could not be reported on: missing ones, or ones of other classes.
    ///
    /// For the beginning of a run, whose end may be days away.
    public static func check(_ recipe: DataRecipe, root: String?, classNames: [String]) throws(Failure) {
        let test = try open(recipe, root: root)
        guard test.classNames != classNames else { return }
        let strange = Set(test.classNames).symmetricDifference(classNames).sorted().prefix(4)
            .map { "'\($0)'" }.joined(separator: ", ")
        throw Failure(
            .data, "the test images have other classes than the training images: \(strange)",
            remedy: "Give both parts the same class folders.")
    }
}

extension DataRecipe {
    fileprivate func open(_ split: Split, root: String?) throws(Failure) -> any Dataset {
        if name == .glyphs {
            let perClass = split == .train ? imagesPerClass ?? 200 : testImagesPerClass ?? 50
            return try Glyphs(classes: classes ?? 20, imagesPerClass: perClass, split: split)
        }
        guard let root else {
            throw Failure(
                .usage, "the data set \(name.rawValue) needs a folder", remedy: "Name it with --data FOLDER.")
        }
        return switch name {
        case .cifar10: try CIFAR(root: root, variant: .cifar10, split: split)
        case .cifar100: try CIFAR(root: root, variant: .cifar100, split: split)
        case .folder: try ImageFolder(root: "\(root)/\(split.rawValue)")
        case .glyphs: throw Failure(.usage, "glyphs need no folder")
        }
    }

    /// Positions that the profile keeps; all of them at imbalance 1.
    fileprivate func kept(of full: any Dataset, seed: UInt64) throws(Failure) -> [Int] {
        guard imbalance > 1 else { return Array(0..<full.count) }
        let available = try ClassCounts(names: full.classNames, labels: full.labels)
        let counts = try profile.counts(
            classes: available.classCount, maximum: available.maximum, imbalance: imbalance,
            available: available.counts)
        return try selection.kept(labels: full.labels, counts: counts, seed: seed)
    }
}
