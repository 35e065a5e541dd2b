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
            let match = try NetworkMatch(ImportedWeights(file, path: checkpoint), path: checkpoint)
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
        let data = preparation.data
        let check = try StartCheck.measure(start, preparation.recipe, data) { broken in
            guard !broken.isEmpty else { return }
            let names = broken.keys.sorted().map { data.dataset.identity(of: $0) }
            sink.say("passed over in this check, because they cannot be read: \(firstOf(names, limit: 5))")
        }
        try check.require(path)
        sink.say("\(path): recognises \(check.hits) of \(check.images) training images of \(check.classes) classes")
    }
}

extension Session {
    /// Decodes every picture that the run will be measured on, before hours are spent on it.
    ///
    /// - Throws: `.data` for those that cannot be decoded.
    public func decodeTest(_ preparation: Preparation) throws(LongTailError) {
        for (what, images) in [("test", preparation.test), ("validation", preparation.data.validation)]
        where images.count > 0 {
            let progress = ProgressReporter("decoding \(what) images", total: images.count, unit: "images", sink: sink)
            try TestPictures.require(images, what, whole: true) { progress.advance(by: $0) }
            progress.finish()
        }
    }
}

extension Run {
    /// The weights that the run's last stage ended with.
    public func result() throws(LongTailError) -> Checkpoint { try Checkpoint.read(layout.checkpoint(model(nil))) }

    /// Writes the final model where it is still to be written to, and gives that place.
    func writePendingOutput() throws(LongTailError) -> String? {
        guard let output = record.pendingOutput else { return nil }
        try result().write(to: output)
        try update { $0.pendingOutput = nil }
        try log("final model written to \(output)")
        return output
    }
}
