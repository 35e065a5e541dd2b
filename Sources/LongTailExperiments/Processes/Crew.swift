import LongTailBasics
import LongTailTorch

/// What rank 0 tells the other processes, one after the other.
enum CrewOrder: Codable {
    /// A run is at work: where its data set is, and its threads; the lists of its images where they are known. Its recipe is sent.
    case run(root: String?, threads: Int, lists: ImageLists?)
    /// The members of a stage are to be trained. Models are sent: the stage's input, and those that its method asks.
    case members(
        stage: String, place: Int, first: Int, folder: String, input: String, models: [String], listHash: String)
    /// The shards of a stage's batches are to be trained. Models are sent as for members, and the resume point where it stands within.
    case shards(stage: String, place: Int, input: String, models: [String], isBegun: Bool, listHash: String)
    /// Weights are to be measured, which are sent, on the union of some members' subsets.
    case criterion(stage: String, members: [Int], listHash: String)
    /// A model, which is sent, is to be evaluated, for probabilities or for logits.
    case evaluation(EvaluatedImages, asProbabilities: Bool, listHash: String)
    /// There is no more to do.
    case end
}

/// What a run's images are, by their hashes: every process has the same, or nothing is trained.
struct ImageLists: Codable, Equatable {
    /// Those that are trained on.
    var training: String
    /// Those that are reported on.
    var test: String
}

/// The images that a model is evaluated on.
enum EvaluatedImages: String, Codable {
    /// The test split.
    case test
    /// The validation images of the recipe.
    case validation
    /// Test pictures of a folder where there are some, else all (`Preparation.pictures`).
    case pictures
}

/// The processes that work on a run together, as rank 0 leads them.
///
/// The others need neither the run's folder nor its recipe: both are told. Where the folder of members is shared, members lie there;
/// where it is not, each process has its own, and members are sent when they are merged.
public final class Crew {
    let team: Team
    private var orders = 0
    private var recipe: String?

    /// The crew of a team whose rank 0 this process is.
    init(_ team: Team) { self.team = team }

    /// Tells which run is at work; where its images are known, waits until every process has found that it has the same.
    ///
    /// - Parameters:
    ///   - recipe: The file of its recipe.
    ///   - root: Where its data set is.
    ///   - lists: Its images; nil where not all of them are asked for.
    func begin(recipe: String, root: String?, lists: ImageLists? = nil) throws(LongTailError) {
        guard self.recipe != recipe else { return }
        self.recipe = recipe
        let label = try give(
            .run(root: root.map { Path($0).absolute }, threads: Engine.threads, lists: lists), [recipe])
        if lists != nil { try team.gather(at: Self.comparedImages(label)) }
    }

    /// Where all are once they have compared the images of the run that an order is about.
    static func comparedImages(_ label: String) -> String { "images/\(label)" }

    /// Tells the others what to do, and sends them the files that it needs.
    ///
    /// - Returns: What this order is called.
    @discardableResult
    func give(_ order: CrewOrder, _ files: [String] = []) throws(LongTailError) -> String {
        let label = "\(orders)"
        try team.put(try RunJSON.encode(order), at: "order/\(label)")
        orders += 1
        for file in files { try team.copy(from: 0, file) }
        return label
    }

    /// Sends the others home.
    public func end() throws(LongTailError) {
        try give(.end)
        try team.close()
    }
}
