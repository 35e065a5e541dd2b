import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import OrderedCollections

/// Trained BTM members, filed under everything that decides their weights, so that tables which share members train
/// them once.
struct MemberStore {
    private let folder: String

    init(_ folder: String) { self.folder = folder }

    /// A digest of input weights, training, method, subset rule, images, precision, seed and member.
    ///
    /// How members are merged, and how many there are, is not part of it.
    static func key(
        _ stage: StageRecipe, _ input: Checkpoint, _ recipe: Recipe, listHash: String, member: Int
    ) -> String {
        var stage = stage
        stage.btm?.members = 1
        stage.btm?.merge = .average
        stage.btm?.buffers = .average
        stage.btm?.keepMembers = false
        var alone = recipe
        alone.stages = [stage]
        alone.name = nil
        (alone.network.checkpoint, alone.network.weights, alone.network.weightsKey) = (nil, nil, nil)
        alone.evaluation = EvaluationRecipe()
        let text = "\(alone.yaml)\n\(listHash)\n\(member)\n"
        return ContentHash.sha256(
            ofAll: [Data(text.utf8)] + input.weights.flatMap { [Data($0.key.utf8), $0.value.bytes] })
    }

    func find(_ key: String) throws(LongTailError) -> Checkpoint? {
        let path = path(key)
        return FileManager.default.fileExists(atPath: path) ? try Checkpoint.read(path) : nil
    }

    func keep(_ member: Checkpoint, _ key: String) throws(LongTailError) { try member.write(to: path(key)) }

    private func path(_ key: String) -> String { "\(folder)/\(key.prefix(32)).safetensors" }
}
