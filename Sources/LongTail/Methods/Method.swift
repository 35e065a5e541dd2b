import Basics
import Torch
import Vision

/// One named way to train one stage: its parameters and what it does with them.
///
/// The parameters stand in the stage's mapping of a recipe. The trainer knows no method by name.
public protocol Method: RecipePart {
    /// The word in `method: …`.
    static var name: String { get }
    /// One line for lists and help, without a full stop.
    static var summary: String { get }
    /// What this method changes in a stage's defaults; what the recipe says comes after.
    static func adjust(_ training: inout TrainingRecipe)

    /// Changes the network at the start of a stage: a fresh classifier, a scale. `draw` gives initial weights.
    func prepare(_ network: Network, _ draw: inout WeightDraw) throws(Failure)
    /// The loss for the class counts of the images trained on.
    func loss(for counts: ClassCounts) throws(Failure) -> any Loss
    /// The learning rate of a parameter as a multiple of the schedule's.
    func rateFactor(of parameter: String) -> Double
    /// Steps of an epoch beyond one pass over the images.
    var extraSteps: Int { get }
}

extension Method {
    /// Nothing.
    public static func adjust(_ training: inout TrainingRecipe) {}
    /// Nothing.
    public func prepare(_ network: Network, _ draw: inout WeightDraw) throws(Failure) {}
    /// Cross-entropy.
    public func loss(for counts: ClassCounts) throws(Failure) -> any Loss { CrossEntropyLoss() }
    /// The schedule's own.
    public func rateFactor(of parameter: String) -> Double { 1 }
    /// None.
    public var extraSteps: Int { 0 }
}

/// The registry: adding a method adds one line here.
public enum Methods {
    /// Every method, in the order of the documentation.
    public static let all: [any Method.Type] = [CrossEntropy.self, CRT.self, MiSLAS.self]

    /// Their names.
    public static var names: [String] { all.map { $0.name } }

    /// The method of a name.
    public static func named(_ name: String) -> (any Method.Type)? { all.first { $0.name == name } }
}
