import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTorch
import LongTailTraining
import OrderedCollections

/// A trained member of a BTM stage, with what its training was like.
struct TrainedMember {
    let checkpoint: Checkpoint
    /// nil in a file of before.
    let origin: MemberOrigin?
}

/// Trained BTM members, filed under everything that decides their weights, so that runs which share members train them once, and
/// many processes train them for one run.
///
/// A member under way has a file of its own beside it: a killed training of it goes on from its last epoch.
struct MemberStore {
    let folder: String

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
        stage.training.adapters?.fold = true
        var alone = recipe.resolved
        alone.stages = [stage]
        alone.name = nil
        (alone.network.checkpoint, alone.network.weights, alone.network.weightsKey) = (nil, nil, nil)
        alone.evaluation = EvaluationRecipe()
        let text = "\(alone.yaml)\n\(listHash)\n\(member)\n"
        return ContentHash.sha256(
            ofAll: [Data(text.utf8)] + input.weights.flatMap { [Data($0.key.utf8), $0.value.bytes] })
    }

    /// Whether a member is there, as far as a file's header and size tell.
    func has(_ key: String) -> Bool { (try? SafeTensorsReader(path(key))) != nil }

    /// A member's file that was cut short or is none; nil where it is whole, and where there is none.
    func damaged(_ key: String) -> String? {
        FileManager.default.fileExists(atPath: path(key)) && !has(key) ? path(key) : nil
    }

    func find(_ key: String) throws(LongTailError) -> TrainedMember? {
        guard has(key) else { return nil }
        let file: SafeTensors
        do throws(LongTailError) { file = try SafeTensorsFile.read(path(key)) } catch {
            throw error.with(remedy: "Delete it: the same command trains that member again.")
        }
        return TrainedMember(
            checkpoint: try Checkpoint(file, path(key)),
            origin: file.metadata["member"].flatMap { RunJSON.decode(MemberOrigin.self, Data($0.utf8)) })
    }

    /// Keeps a member, and forgets how far its training was.
    func keep(_ member: TrainedMember, _ key: String) throws(LongTailError) {
        var metadata: [String: String] = [:]
        if let origin = member.origin {
            metadata["member"] = String(decoding: try RunJSON.encode(origin), as: UTF8.self)
        }
        try member.checkpoint.write(to: path(key), metadata: metadata)
        try? FileManager.default.removeItem(atPath: resumePoint(key))
    }

    /// The file of a member.
    func path(_ key: String) -> String { "\(folder)/\(key.prefix(32)).safetensors" }

    /// What the training of a member goes on from.
    func resumePoint(_ key: String) -> String { "\(folder)/\(key.prefix(32)).resume.safetensors" }
}
