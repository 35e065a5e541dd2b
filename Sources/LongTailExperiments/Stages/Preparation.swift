import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import LongTailVision

/// What is established once before a recipe is run: its images, its test split, the weights that it starts from.
///
/// Everything that can be wrong with files comes out here, before a folder is made or an hour spent.
public struct Preparation: Sendable {
    public let recipe: Recipe
    /// The folder of the data set; nil for embedded data.
    public let root: String?
    /// The images to train on, their counts, and those for validation.
    public let data: TrainingData
    /// The images to report on, which nothing chooses by.
    public let test: any Dataset
    /// The weights of the file that the recipe starts from; nil for drawn ones and for a run that has its own.
    public let start: Checkpoint?
    /// What a reader of the run should know of images and weights, a sentence each.
    public internal(set) var notes: [String]
    /// Those of them that are of the weights.
    private let startNotes: [String]

    /// What the disk says of all its pictures.
    var stamps: ImageStamps { ImageStamps(lookingAt: [data.dataset, data.validation, test]) }

    /// Its images, as processes compare them.
    var lists: ImageLists { ImageLists(training: data.listHash, test: test.listHash) }

    /// Opens everything that a new run of a recipe needs.
    ///
    /// - Parameters:
    ///   - recipe: The recipe.
    ///   - root: The folder given as `--data`; nil for embedded data.
    ///   - file: The file that `network.checkpoint` or `network.weights` names, where it is read already.
    ///   - known: Another preparation, whose images and weights serve where they would be the same.
    public init(
        _ recipe: Recipe, root: String?, file: ModelFile? = nil, like known: Preparation? = nil
    ) throws(LongTailError) {
        try self.init(images: recipe, root: root, like: known) { (data) throws(LongTailError) in
            guard recipe.network.checkpoint ?? recipe.network.weights != nil else { return (nil, []) }
            if let known, let start = known.start, known.recipe.network == recipe.network,
                known.data.listHash == data.listHash,
                recipe.network.checkpoint != nil || known.recipe.seed == recipe.seed
            {
                var own = start
                own.info.recipe = recipe.yaml
                return (own, known.startNotes)
            }
            var notes: [String] = []
            let start = try StartingWeights.make(recipe, data, file: file) { (note) throws(LongTailError) in
                notes.append(note)
            }
            return (start, notes)
        }
    }

    /// Opens what a run needs that goes on: everything but the weights, which it has.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - root: Where the data set is now; where the run found it when nil.
    ///   - known: Another preparation, whose images serve where they would be the same.
    public init(resuming run: Run, root: String? = nil, like known: Preparation? = nil) throws(LongTailError) {
        try self.init(images: run.recipe, root: root ?? run.record.data, like: known) { _ in (nil, []) }
    }

    /// Opens what a process needs that trains members for another's run: images, and no weights.
    init(following recipe: Recipe, root: String?) throws(LongTailError) {
        try self.init(images: recipe, root: root, like: nil) { _ in (nil, []) }
    }

    private init(
        images recipe: Recipe, root: String?, like known: Preparation?,
        start open: (TrainingData) throws(LongTailError) -> (Checkpoint?, [String])
    ) throws(LongTailError) {
        let isKnown = known.map { $0.root == root && $0.recipe.data == recipe.data } ?? false
        if let known, isKnown, known.recipe.seed == recipe.seed || !recipe.data.isDrawnBySeed {
            data = known.data
        } else {
            data = try TrainingData(recipe.data, root: root, seed: recipe.seed)
            try TestPictures.require(data.validation, "validation")
        }
        // A class alone can be trained, for what it is worth; a trained model has more.
        if let problem = data.oneClass, data.folderOfClasses != nil || recipe.network.checkpoint != nil {
            throw LongTailError(
                .data, problem,
                remedy: "Name that folder with \(Wording.option("data")), or add pictures of another class.")
        }
        // Before the weights: data that are not what they seem do not fit them, and that is not the weights' fault.
        if let known, isKnown {
            test = known.test
        } else {
            test = try TestSplit.open(recipe.data, root: root, classNames: data.counts.names)
            try TestPictures.require(test, "test")
        }
        (start, startNotes) = try open(data)
        (self.recipe, self.root) = (recipe, root)
        notes = data.notes + TestSplit.notes(on: test) + startNotes
    }
}
