import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTraining
import LongTailVision

/// A network's drawn weights with a body from a file of weights for other classes, such as torchvision's for ImageNet.
struct PretrainedBody {
    /// All of the network's weights.
    let weights: StateDict
    /// What was taken, what was left out and what stays drawn, as a sentence.
    let remark: String

    /// Puts a file's tensors in the place of drawn ones.
    ///
    /// A classifier of the same shape is taken too; of another it is left out, and the drawn one stays. Apart from
    /// that, and from what the network itself leaves out (`Network.Architecture.leftOutOfPretrained`), every tensor of both
    /// sides must have its partner.
    init(_ drawn: StateDict, _ recipe: NetworkRecipe, _ file: ModelFile, path: String) throws(LongTailError) {
        let file = try ImportedWeights(file, key: recipe.weightsKey, path: path)
        let keepsHead = ["weight", "bias"].map(Classifier.layerTensor)
            .contains { file.tensors[$0]?.shape != drawn[$0]?.shape }
        let head = keepsHead ? Classifier.layerPrefixes + Methods.parts.flatMap { $0.prefixes } : []
        let (leftOut, own) = (recipe.name.leftOutOfPretrained + head, recipe.name.drawnBesidePretrained + head)
        func begins(_ name: String, with prefixes: [String]) -> Bool { prefixes.contains { name.hasPrefix($0) } }
        let plan = ImportPlan(
            matching: file.tensors.filter { !begins($0.key, with: leftOut) },
            expected: drawn.filter { !begins($0.key, with: own) }.map { ($0.key, $0.value.shape, $0.value.dtype) })
        let taken: StateDict
        do throws(LongTailError) { taken = try plan.apply() } catch {
            guard let other = NetworkMatch.network(of: file.tensors), other != recipe.name else { throw error.at(path) }
            throw error.at(path).with(remedy: MisfitRemedy.named(other))
        }
        weights = drawn.merging(taken) { _, new in new }

        let dropped = Self.list(Array(file.tensors.keys.filter { begins($0, with: leftOut) }), leftOut)
        let beside = file.leftOutModules
        let kept = Array(drawn.keys.filter { taken[$0] == nil })
        remark =
            "\(path): \(file.layout.name), \(taken.count) tensors taken for the body from "
            + "\(file.choice(by: "network.weights-key")); left out: \((dropped + beside).isEmpty ? "nothing" : (dropped + beside).joined(separator: ", ")); "
            + "drawn: \(kept.isEmpty ? "nothing" : Self.list(kept, own).joined(separator: ", "))"
    }

    /// Names; those that begin with one of some prefixes by their count.
    private static func list(_ names: [String], _ prefixes: [String]) -> [String] {
        var groups: OrderedDictionary<String, Int> = [:]
        for name in names {
            groups[prefixes.first { name.hasPrefix($0) }.map { "\($0)*" } ?? name, default: 0] += 1
        }
        return groups.map { $0.key.hasSuffix("*") ? "\($0.key) (\($0.value))" : $0.key }
    }
}
