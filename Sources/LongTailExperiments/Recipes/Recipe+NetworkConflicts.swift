import LongTailRecipeCoding
import LongTailTraining
import LongTailVision

extension Recipe {
    /// What a stage asks of the recipe's network and that has not: from the stage on.
    ///
    /// Of a network of a program's own it shows when the stage begins.
    func networkConflicts(_ stage: StageRecipe) -> [RecipeConflict] {
        guard network.name.isKnown else { return [] }
        var found: [RecipeConflict] = []
        if stage.training.trains == .adapters, !network.name.isTransformer {
            found.append(
                RecipeConflict(
                    "trains", "is adapters, which stand on the blocks of transformers, and \(network.name) has none",
                    remedy: "Train all of it (trains: all), or take a transformer."))
        }
        if stage.training.recompute, !network.name.canRecompute {
            found.append(
                RecipeConflict(
                    "recompute",
                    "runs blocks twice, and \(network.name)'s have statistics that would move twice",
                    remedy: "Set it to false; transformers and ConvNeXts have blocks that can be run twice."))
        }
        if stage.training.dropPath > 0, !network.name.canDropBlocks {
            found.append(
                RecipeConflict(
                    "drop-path", "leaves out blocks, and \(network.name) has none that can be left out",
                    remedy: "Set drop-path to 0; transformers, ConvNeXts and EfficientNets have such blocks."))
        }
        return found
    }
}
