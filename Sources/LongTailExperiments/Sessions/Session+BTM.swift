import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTraining
import LongTailVision

extension Preparation {
    /// What balanced training and merging of a trained model stands on; the checkpoint is read once.
    ///
    /// - Parameters:
    ///   - checkpoint: A state dict of PyTorch, also in the layouts of the official repositories, or this program's.
    ///   - recipe: A recipe, whose pre-training is left out. The built-in ones take the checkpoint's network.
    ///   - overrides: `key.path=value` texts.
    ///   - root: The folder of the data set.
    ///   - registry: What a program adds to the words of recipes.
    public init(
        balancing checkpoint: String, recipe: String = "folder", overrides: [String] = [], root: String?,
        registry: Registry = Registry()
    ) throws(LongTailError) {
        let file = try ModelFile.read(checkpoint)
        var found: [String] = []
        if BuiltInRecipes.names.contains(recipe) {
            let option = "network.weights-key="
            let key = overrides.last { $0.hasPrefix(option) }.map { String($0.dropFirst(option.count)) }
            let match = try NetworkMatch(ImportedWeights(file, key: key, path: checkpoint), path: checkpoint)
            found = [
                "network.name=\(match.design.name.rawValue)", "network.classifier=\(match.design.classifier.rawValue)",
            ]
        }
        let recipe = try Recipe.load(recipe, overrides: found + overrides, registry: registry).continued(
            from: checkpoint)
        try self.init(recipe, root: root, file: file)
    }
}

extension Session {
    /// Looks at the classifier of a model that a recipe starts from, before hours are spent on it.
    ///
    /// - Throws: `.checkpoint` when it recognises the training images no better than chance.
    public func checkStart(_ preparation: Preparation) throws(LongTailError) {
        guard let start = preparation.start, let path = preparation.recipe.network.checkpoint else { return }
        let check = try StartCheck.measure(start, preparation.recipe, preparation.data)
        try check.require(path)
        sink.say("\(path): recognises \(check.hits) of \(check.images) training images of \(check.classes) classes")
    }
}

extension Run {
    /// The weights that the run's last stage ended with.
    public func result() throws(LongTailError) -> Checkpoint { try Checkpoint.read(layout.checkpoint(model(nil))) }
}
