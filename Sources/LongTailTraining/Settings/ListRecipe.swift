import LongTailRecipeCoding

/// Where the pictures of a data set on disk are listed, and how they are parted when no test pictures are given.
///
/// Relative names are below the folder given as `--data`.
public struct ListRecipe: RecipePart {
    /// The folder that the lists' paths lie below; nil for the folder of the data set itself.
    public var root: String?
    /// The list (or folder) of the training pictures; nil for the published name.
    public var train: String?
    /// The list (or folder) of the test pictures; nil for the published name, or for a split by hash.
    public var test: String?
    /// A list of pictures to choose by; nil for none.
    public var validationList: String?
    /// Tables: the names of the columns of paths and of classes; nil to find them by the words that are known.
    public var columns: [String]?
    /// JSON annotations: whether every box is a picture of its own.
    public var cropBoxes = false
    /// A file with names for the classes; nil for the folders that the pictures lie in.
    public var classNames: String?
    /// Folder, csv and coco: the classes' own names in the order of the logits, or a file with them; nil for the sorted names.
    public var classOrder: ClassOrderSource?
    /// Without test pictures: the share of every class that is held out for the test, by the hash of its names.
    public var testFraction = 0.2
    /// Goes into the hash: another salt gives another split.
    public var splitSalt = ""

    public init() {}

    public static var fields: [RecipeField<ListRecipe>] {
        [
            RecipeField("root", \.root, "folder that the lists' paths lie below; null for the data set's own folder"),
            RecipeField(
                "train", \.train, "list, table or folder of the training pictures; null for the published name"),
            RecipeField(
                "test", \.test,
                "list, table or folder of the test pictures; null for the published name, or for a split by hash"),
            RecipeField("validation-list", \.validationList, "list or table of pictures to choose by; null for none"),
            RecipeField(
                "columns", \.columns,
                "csv: the names of the columns of paths and of classes, [PATH, CLASS]; null to find them"),
            RecipeField("crop-boxes", \.cropBoxes, "JSON annotations: whether every box is a picture of its own"),
            RecipeField(
                "class-names", \.classNames,
                "file with a name per class; null for the folders that the pictures lie in"),
            RecipeField(
                "class-order", \.classOrder,
                "folder, csv, coco: the classes' own names in the order of the logits, or a file with one a line; null for sorted"
            ),
            RecipeField(
                "test-fraction", \.testFraction, in: 0...0.9,
                "without test pictures: share of each class that is held out for the test by the hash of its names"),
            RecipeField("split-salt", \.splitSalt, "goes into that hash: another salt gives another split"),
        ]
    }

    /// Keys that were set.
    var given: [String] {
        let standard = ListRecipe()
        return Self.fields.filter { $0.encode(self) != $0.encode(standard) }.map(\.name)
    }
}
