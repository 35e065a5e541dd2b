import Foundation
import LongTailBasics
import LongTailFiles
import LongTailTraining
import LongTailVision

extension Preparation {
    /// What training a classifier for a folder of pictures stands on, by the built-in recipe `folder-train`.
    ///
    /// - Parameters:
    ///   - photographs: The folder, with a folder of pictures for each class.
    ///   - weights: A file whose body the network begins with; nil for random weights.
    ///   - overrides: `key.path=value` texts.
    ///   - registry: What a program adds to the words of recipes.
    public init(
        training photographs: String, weights: String?, overrides: [String] = [], registry: Registry = Registry()
    ) throws(LongTailError) {
        let (recipe, file) = try Recipe.opened(training: weights, overrides: overrides, registry: registry)
        try self.init(recipe, root: photographs, file: file)
    }
}

extension Recipe {
    /// The recipe by which a classifier for a folder of pictures is trained, before the pictures are looked at.
    ///
    /// - Parameters:
    ///   - weights: A file whose body the network begins with; nil for random weights.
    ///   - overrides: `key.path=value` texts.
    ///   - registry: What a program adds to the words of recipes.
    public static func training(
        from weights: String?, overrides: [String] = [], registry: Registry = Registry()
    ) throws(LongTailError) -> Recipe {
        try opened(training: weights, overrides: overrides, registry: registry).recipe
    }

    fileprivate static func opened(
        training weights: String?, overrides: [String], registry: Registry
    ) throws(LongTailError) -> (recipe: Recipe, file: ModelFile?) {
        var found = ["stages.pre-train.epochs=90", "stages.pre-train.rate.base=0.1"]
        var file: ModelFile?
        if let weights {
            let read = try Checkpoint.openFile(weights)
            let match = try NetworkMatch(read, weights, overrides)
            found =
                match.overrides + match.trainingOverrides(["pre-train", "btm"], given: overrides) + [
                    "network.weights=\(weights)"
                ]
            file = read
        }
        return (try Recipe.load("folder-train", overrides: found + overrides, registry: registry), file)
    }

    /// Refuses stages that only a trained network can begin with where the weights are drawn; for a recipe that somebody
    /// wrote it may be meant.
    package func requireTrainedStart(builtIn name: String) throws(LongTailError) {
        guard BuiltInRecipes.names.contains(name), network.checkpoint == nil, network.weights == nil,
            stages.first?.kind == .btm
        else { return }
        throw LongTailError(
            .usage, "the recipe begins with balanced training of random weights",
            remedy: "From a trained model: \(Wording.command("btm")) \(Wording.option("checkpoint", "FILE")) "
                + "\(Wording.option("data", "PHOTOS")). From pictures alone: \(Wording.command("train")) PHOTOS "
                + "\(Wording.option("weights", "FILE")), or \(Wording.option("from-scratch")).")
    }
}
