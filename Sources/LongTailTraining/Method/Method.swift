import LongTailBasics
import LongTailImbalance
import LongTailRecipeCoding
import LongTailTorch
import LongTailVision

/// One named way to do one stage: its parameters and what it does with them.
///
/// The parameters stand in the stage's mapping of a recipe. Nothing else in the house knows a method by name. A method is
/// one of three: a loss of the network's logits (`LossMethod`), a training that needs more, such as views, a second
/// sampler or modules of its own (`TrainedMethod`), or something computed from the network as it is (`FittedMethod`).
public protocol Method: RecipePart {
    /// The word in `method: …`.
    static var name: String { get }
    /// One line for lists and help, without a full stop.
    static var summary: String { get }
    /// What `longtail methods NAME` tells.
    static var page: MethodPage { get }
    /// What it puts on classifiers, so that a checkpoint can be opened again; nothing by default.
    static var parts: [any ClassifierPart.Type] { get }
    /// What this method changes in a stage's defaults; what the recipe says comes after. Nothing by default.
    static func adjustDefaults(_ training: inout TrainingRecipe)

    /// The method with the epochs that its keys name (not counts of them) multiplied, for a shortened stage.
    func withEpochs(scaledBy factor: Double) -> Self
    /// The classes whose images the stage works on; nil, the default, for all.
    func classes(of counts: ClassCounts) throws -> [Int]?
    /// Changes the network at the start of a stage, or puts another in its place: a fresh classifier, a scale, experts.
    /// `draw` gives initial weights. Nothing by default.
    func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws
}

/// A method that trains the network by gradients.
public protocol TrainedMethod: Method, TrainingProcedure {
    /// Whether mixup may be switched on; it may by default.
    static var takesMixup: Bool { get }
    /// Names of earlier stages whose networks it asks for (`StageContext.teacher`).
    var teachers: [String] { get }
}

/// A method that is a loss of the network's logits, with mixup if the recipe says so.
public protocol LossMethod: TrainedMethod {
    /// The loss in an epoch, for the class counts of the images trained on; cross-entropy by default.
    func loss(_ counts: ClassCounts, epoch: Int) throws -> any Loss
}

/// A method that computes its result from the network as it is, without gradients.
public protocol FittedMethod: Method {
    /// Changes the network.
    func fit(_ network: Network, _ context: FitContext) throws
}

extension Method {
    /// `prepare`, whoever's method it is.
    package func passedPrepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {
        do { try prepare(&network, &draw) } catch let failure as LongTailError { throw failure } catch {
            throw LongTailError(.training, "\(Self.name): \(error)", cause: error)
        }
    }

    public static var parts: [any ClassifierPart.Type] { [] }
    public static func adjustDefaults(_ training: inout TrainingRecipe) {}
    public func withEpochs(scaledBy factor: Double) -> Self { self }
    public func classes(of counts: ClassCounts) throws(LongTailError) -> [Int]? { nil }
    public func prepare(_ network: inout Network, _ draw: inout WeightInitializer) throws(LongTailError) {}
}

extension TrainedMethod {
    public static var takesMixup: Bool { true }
    public var teachers: [String] { [] }
}

extension LossMethod {
    public func loss(_ counts: ClassCounts, epoch: Int) throws(LongTailError) -> any Loss { CrossEntropyLoss() }
    public func session(_ context: StageContext) throws(LongTailError) -> any MethodSession {
        try LossSession(self, context)
    }
}

/// What a reader should know of a method; shapes and defaults stand with its keys.
public struct MethodPage: Sendable, Codable, Equatable {
    /// The paper's title.
    public var paper: String
    /// Its first author's name with "et al.", or both of two.
    public var authors: String
    /// The year of the conference or journal.
    public var year: Int
    /// The stages of the whole system, as its recipe has them.
    public var stages: String
    /// The recipe, under Recipes/cifar100-lt and without ".yaml"; nil where none shows it.
    public var recipe: String?
    /// What it does, in a sentence or two.
    public var idea: String
    /// The formula, in plain characters.
    public var formula: String
    /// How this program, the authors' code and the paper differ, a sentence each.
    public var differences: [String]

    /// A page of its parts.
    public init(
        _ paper: String, _ authors: String, _ year: Int, stages: String, recipe: String?, idea: String,
        formula: String, differences: [String] = []
    ) {
        (self.paper, self.authors, self.year, self.stages) = (paper, authors, year, stages)
        (self.recipe, self.idea, self.formula, self.differences) = (recipe, idea, formula, differences)
    }
}
