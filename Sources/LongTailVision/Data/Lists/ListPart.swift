/// A part of a data set, by the word that a folder or a column of a table calls it: the one place that knows the words.
package enum ListPart: String, Sendable, Equatable, CaseIterable {
    /// Pictures to train on.
    case train
    /// Pictures to choose by.
    case validation
    /// Pictures to report on.
    case test

    private static let words: [String: ListPart] = [
        "train": .train, "training": .train, "trn": .train, "trainset": .train,
        "val": .validation, "valid": .validation, "validation": .validation, "dev": .validation,
        "eval": .validation, "evaluation": .validation, "valset": .validation,
        "test": .test, "testing": .test, "tst": .test, "testset": .test,
    ]
    /// Words that stand beside those without a meaning of their own.
    private static let company: Set<String> = [
        "seg", "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "jpg", "jpeg", "png", "data",
        "dataset", "set", "split", "folder", "dir", "part", "crop", "crops", "cropped",
    ]

    /// The part that a name means, in any case: `Train`, `testing`, `seg_train`, `TEST-images`, `val2017`.
    ///
    /// The name is cut at everything but letters; one piece is a word for a part, the others say that there are pictures.
    package init?(word: String) {
        let pieces = word.lowercased().split { !$0.isLetter }.map(String.init)
        let named = pieces.compactMap { Self.words[$0] }
        guard named.count == 1, let part = named.first,
            pieces.allSatisfy({ Self.words[$0] != nil || Self.company.contains($0) })
        else { return nil }
        self = part
    }

    /// What is done with its pictures.
    package var use: String {
        switch self {
        case .train: "is trained on"
        case .validation: "is chosen by"
        case .test: "is tested on"
        }
    }
}
