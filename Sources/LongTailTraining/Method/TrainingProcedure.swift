import LongTailBasics
import LongTailVision

/// What the training loop needs to know of what it trains.
///
/// A method of a stage is one (`TrainedMethod`); so is what trains without being a method that a recipe names.
public protocol TrainingProcedure {
    /// For messages.
    static var name: String { get }
    /// Steps of an epoch beyond one pass over the images; none by default.
    var extraSteps: Int { get }
    /// The streams of batches that the session is given, at least one; `main`, the default, is what the recipe says.
    func inputs(_ main: BatchStream, of images: StageImages) throws -> [BatchStream]
    /// What turns the batches of a step into a loss.
    func session(_ context: StageContext) throws -> any MethodSession
    /// The learning rate of parameters of a role as a multiple of the schedule's; 1 by default.
    func learningRateMultiplier(for role: ParameterRole) -> Double
    /// Which of the network's parameters train; by default those that the recipe's `trains` says.
    func rules(_ training: TrainingRecipe) -> TrainingRules
}

extension TrainingProcedure {
    public var extraSteps: Int { 0 }
    public func inputs(_ main: BatchStream, of images: StageImages) throws(LongTailError) -> [BatchStream] { [main] }
    public func learningRateMultiplier(for role: ParameterRole) -> Double { 1 }
    public func rules(_ training: TrainingRecipe) -> TrainingRules { training.rules }
}
