import Foundation
import LongTailBasics
import LongTailTraining

extension Recipe {
    /// The recipe without pre-training, from a trained model.
    ///
    /// - Throws: `.usage` when nothing is left.
    public func continued(from checkpoint: String) throws(LongTailError) -> Recipe {
        var recipe = self
        let left = Set(recipe.stages.filter { $0.kind == .preTrain }.map(\.name))
        recipe.stages.removeAll { $0.kind == .preTrain }
        for index in recipe.stages.indices {
            if let from = recipe.stages[index].from, left.contains(from) { recipe.stages[index].from = ModelName.start }
        }
        guard !recipe.stages.isEmpty else {
            throw LongTailError(
                .usage, "the recipe has no stage beside pre-training",
                remedy: "Name a recipe with a further stage, such as btm or post-train.")
        }
        recipe.network.checkpoint = checkpoint
        return recipe
    }
}
