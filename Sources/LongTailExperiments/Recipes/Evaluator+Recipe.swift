import LongTailTraining
import LongTailVision

extension Evaluator {
    /// The evaluator that a recipe describes, in the arithmetic of its evaluation.
    public init(_ recipe: Recipe) { self.init(recipe, in: recipe.evaluation.precision) }

    /// The evaluator that a recipe describes, in an arithmetic: the training's where trained weights depend on it.
    init(_ recipe: Recipe, in precision: ComputePrecision) {
        self.init(
            batchSize: recipe.evaluation.batchSize, transform: recipe.data.evaluationTransform, precision: precision)
    }
}
