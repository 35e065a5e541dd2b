import Basics
import OrderedCollections
import Serialization
import Torch
import Vision

/// The weights that a run begins with: random ones, this program's, or somebody's PyTorch file.
public enum StartingWeights {
    /// The start of a recipe's first stage.
    ///
    /// - Parameter note: Hears a sentence about a file of another layout.
    public static func make(
        _ recipe: Recipe, _ data: TrainingData, note: (String) throws(Failure) -> Void = { (_) throws(Failure) in }
    ) throws(Failure) -> Checkpoint {
        let names = data.counts.names
        let info = Checkpoint.Info(
            network: recipe.network.name, classifier: recipe.network.classifier, classNames: names,
            listHash: data.listHash, stage: "start", recipe: recipe.yaml)
        guard let path = recipe.network.checkpoint else {
            let network = try Network(
                info.network, classifier: info.classifier, classes: names.count, seed: recipe.seed)
            return Checkpoint(info: info, weights: try network.stateDict())
        }
        let file = try ModelFile.read(path)
        if case .safeTensors(let tensors) = file, let own = try Checkpoint.info(in: tensors.metadata, path) {
            let checkpoint = Checkpoint(info: own, weights: tensors.tensors)
            try checkpoint.check(classNames: names, listHash: data.listHash, path: path)
            guard own.network == info.network, own.classifier == info.classifier else {
                throw Failure(
                    .checkpoint,
                    "\(path): is a \(own.network.rawValue) with a \(own.classifier.rawValue) classifier, "
                        + "the recipe's is a \(info.network.rawValue) with a \(info.classifier.rawValue) one",
                    remedy: "Set network.name and network.classifier to the checkpoint's.")
            }
            return Checkpoint(info: info, weights: tensors.tensors)
        }
        let imported = try ImportedWeights(file, path: path)
        let plan = try plan(for: imported, recipe.network, classes: names.count)
        do throws(Failure) {
            let weights = try plan.apply()
            try note("\(path): \(imported.layout), \(plan.matched.count) tensors taken over")
            return Checkpoint(info: info, weights: weights)
        } catch { throw error.at(path) }
    }

    /// Which tensors of a file fit which of the network: the dry run of an import.
    public static func plan(
        for imported: ImportedWeights, _ recipe: NetworkRecipe, classes: Int
    ) throws(Failure) -> ImportPlan {
        let network = try Network(recipe.name, classifier: recipe.classifier, classes: classes, seed: 0)
        if imported.tensors["learned_norm"] != nil { try network.classifier.addScale() }
        let expected = try network.stateDict().map { (name: $0.key, shape: $0.value.shape, dtype: $0.value.dtype) }
        return ImportPlan(matching: imported.tensors, expected: expected)
    }
}
