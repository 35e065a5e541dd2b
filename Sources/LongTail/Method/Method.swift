import Basics
import Torch
import Vision

/// One named way to train one stage: its parameters and what it does with them.
///
/// The parameters stand in the stage's mapping of a recipe. The trainer knows no method by name. Most methods are a loss;
/// those that need more (views, a second sampler, modules of their own, logits of several experts) make a session.
public protocol Method: RecipePart {
    /// The word in `method: …`.
    static var name: String { get }
    /// One line for lists and help, without a full stop.
    static var summary: String { get }
    /// What `longtail methods NAME` tells.
    static var page: MethodPage { get }
    /// False for a method that computes its result from the network as it is, in `fit`.
    static var isTrained: Bool { get }
    /// Whether mixup may be switched on.
    static var takesMixup: Bool { get }
    /// What this method changes in a stage's defaults; what the recipe says comes after.
    static func adjust(_ training: inout TrainingRecipe)

    /// The method with the epochs that its keys name (not counts of them) multiplied, for a shortened stage.
    func scaled(by factor: Double) -> Self
    /// Names of earlier stages whose networks it asks for (`StageContext.teacher`).
    var teachers: [String] { get }
    /// The classes whose images the stage trains on; nil for all.
    func classes(of counts: ClassCounts) throws(Failure) -> [Int]?
    /// Changes the network at the start of a stage, or puts another in its place: a fresh classifier, a scale, experts.
    /// `draw` gives initial weights.
    func prepare(_ network: inout Network, _ draw: inout WeightDraw) throws(Failure)
    /// The streams of batches that the session is given, at least one; `main` is what the recipe says.
    func inputs(_ main: Input, of images: InputImages) throws(Failure) -> [Input]
    /// The loss in an epoch, for the class counts of the images trained on.
    func loss(_ counts: ClassCounts, epoch: Int) throws(Failure) -> any Loss
    /// What turns the batches of a step into a loss.
    func session(_ context: StageContext) throws(Failure) -> any MethodSession
    /// The learning rate of a parameter as a multiple of the schedule's.
    func rateFactor(of parameter: String) -> Double
    /// Steps of an epoch beyond one pass over the images.
    var extraSteps: Int { get }
    /// The work of a method that is not trained.
    func fit(_ network: Network, _ context: FitContext) throws(Failure)
}

extension Method {
    /// It may.
    public static var takesMixup: Bool { true }
    /// It is.
    public static var isTrained: Bool { true }
    /// Nothing.
    public static func adjust(_ training: inout TrainingRecipe) {}
    /// The same.
    public func scaled(by factor: Double) -> Self { self }
    /// None.
    public var teachers: [String] { [] }
    /// All.
    public func classes(of counts: ClassCounts) throws(Failure) -> [Int]? { nil }
    /// Nothing.
    public func prepare(_ network: inout Network, _ draw: inout WeightDraw) throws(Failure) {}
    /// What the recipe says.
    public func inputs(_ main: Input, of images: InputImages) throws(Failure) -> [Input] { [main] }
    /// Cross-entropy.
    public func loss(_ counts: ClassCounts, epoch: Int) throws(Failure) -> any Loss { CrossEntropyLoss() }
    /// The loss of the network's logits, with mixup if the recipe says so.
    public func session(_ context: StageContext) throws(Failure) -> any MethodSession {
        try LossSession(self, context)
    }
    /// The schedule's own.
    public func rateFactor(of parameter: String) -> Double { 1 }
    /// None.
    public var extraSteps: Int { 0 }
    /// Nothing.
    public func fit(_ network: Network, _ context: FitContext) throws(Failure) {}
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

    init(
        _ paper: String, _ authors: String, _ year: Int, stages: String, recipe: String?, idea: String,
        formula: String, differences: [String] = []
    ) {
        (self.paper, self.authors, self.year, self.stages) = (paper, authors, year, stages)
        (self.recipe, self.idea, self.formula, self.differences) = (recipe, idea, formula, differences)
    }
}
