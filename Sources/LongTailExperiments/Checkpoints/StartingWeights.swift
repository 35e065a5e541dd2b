import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import LongTailVision
import OrderedCollections

/// The weights that a run begins with: random ones, this program's, or somebody's PyTorch file.
public enum StartingWeights {
    /// The start of a recipe's first stage.
    ///
    /// - Parameters:
    ///   - recipe: The recipe.
    ///   - data: Its images, for the classes.
    ///   - file: The file that it names, where it is read already.
    ///   - note: Hears a sentence about a file of another layout.
    public static func make(
        _ recipe: Recipe, _ data: TrainingData, file: ModelFile? = nil,
        note: (String) throws(LongTailError) -> Void = { (_) throws(LongTailError) in }
    ) throws(LongTailError) -> Checkpoint {
        let names = data.counts.names
        var info = Checkpoint.Info(
            Network.Design(recipe.network.name, recipe.network.classifier), classNames: names, listHash: data.listHash,
            stage: ModelName.start, recipe: recipe.yaml)
        guard let path = recipe.network.checkpoint else {
            let network = try Network(info.design, classes: names.count, seed: recipe.seed)
            let drawn = try network.stateDict()
            guard let path = recipe.network.weights else { return Checkpoint(info: info, weights: drawn) }
            let pretrained = try PretrainedBody(drawn, recipe.network, read(path, file), path: path)
            try note(pretrained.remark)
            return Checkpoint(info: info, weights: pretrained.weights)
        }
        let file = try read(path, file)
        if case .safeTensors(let tensors) = file, let own = try Checkpoint.info(in: tensors.metadata, path) {
            let checkpoint = Checkpoint(info: own, weights: tensors.tensors)
            try checkpoint.check(classNames: names, listHash: data.listHash, path: path)
            // A recipe says nothing of branches, nor of a classifier that a method brought: a network keeps them.
            let keeps = own.branches != nil || own.classifier == info.classifier || own.classifier.isBrought
            guard own.network == info.network, keeps else {
                throw LongTailError(
                    .checkpoint,
                    "\(path): is a \(own.network.rawValue) with a \(own.classifier.rawValue) classifier, "
                        + "the recipe's is a \(info.network.rawValue) with a \(info.classifier.rawValue) one",
                    remedy: "Set network.name and network.classifier to the checkpoint's.")
            }
            info.design = own.design
            return Checkpoint(info: info, weights: tensors.tensors)
        }
        let imported = try ImportedWeights(file, key: recipe.network.weightsKey, path: path)
        let match = try NetworkMatch(imported, network: info.network, path: path, parts: recipe.words.parts)
        if match.design.branches != .single { info.design = match.design }
        let plan = try ImportPlan(imported.tensors, info.design, classes: names.count, parts: recipe.words.parts)
        do throws(LongTailError) {
            let weights = try plan.apply()
            try note(
                "\(path): \(imported.layout.name), \(plan.matched.count) tensors taken over from "
                    + imported.choice(by: "network.weights-key"))
            return Checkpoint(info: info, weights: weights)
        } catch {
            if let other = NetworkMatch.network(of: imported.tensors), other != info.network {
                throw error.at(path).with(remedy: MisfitRemedy.named(other))
            }
            throw error.at(path).with { MisfitRemedy.classes($0 ?? "", match.classes, names) }
        }
    }

    private static func read(_ path: String, _ known: ModelFile?) throws(LongTailError) -> ModelFile {
        if let known { known } else { try Checkpoint.openFile(path) }
    }
}
