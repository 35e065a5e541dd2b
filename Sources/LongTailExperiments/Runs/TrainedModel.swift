import Foundation
import LongTailBasics
import LongTailFiles
import LongTailTorch
import LongTailVision

/// A model to use: one of a run's, or a checkpoint file.
public struct TrainedModel: Sendable {
    /// What it is called: the stage that ended with it.
    public let name: String
    /// The checkpoint's file.
    public let path: String
    /// Weights, network, classes.
    public let checkpoint: Checkpoint
    /// The recipe that it was trained by.
    public let recipe: Recipe
    /// Its temperature; nil when its scores are not calibrated.
    public let calibration: Calibration?

    /// Opens a run's model, the last finished stage unless `stage` names another, or a checkpoint file.
    ///
    /// - Throws: When there is no such run, stage or file, and for weights that name no recipe.
    public static func open(
        _ path: String, stage: String? = nil, registry: Registry = Registry()
    ) throws(LongTailError) -> TrainedModel {
        guard path.hasSuffix(".safetensors") else { return try open(Run.open(at: path, registry: registry), stage) }
        guard stage == nil else {
            throw LongTailError(
                .usage, "\(path): is one checkpoint and has no stages", remedy: "Leave out \(Wording.option("stage")).")
        }
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        let run = try RunLayout(containing: path).map { (layout) throws(LongTailError) in
            try Run.open(at: layout.folder, registry: registry)
        }
        return try TrainedModel(file: path, name: name, run: run, registry)
    }

    private static func open(_ run: Run, _ stage: String?) throws(LongTailError) -> TrainedModel {
        let name = try run.model(stage)
        return try TrainedModel(file: run.layout.checkpoint(name), name: name, run: run, run.recipe.registry)
    }

    private init(file: String, name: String, run: Run?, _ registry: Registry) throws(LongTailError) {
        (path, self.name) = (file, name)
        checkpoint = try Checkpoint.read(file)
        guard let text = checkpoint.info.recipe ?? run?.recipe.yaml else {
            throw LongTailError(
                .checkpoint, "\(file): names no recipe, so the size and preparation of its images are not known",
                remedy: "Use a checkpoint that a stage of a run ended with.")
        }
        recipe = try Recipe.parse(text, file: "\(file) (its recipe)", registry: registry)
        let known = try run?.calibrations()[name]
        if let known, try ContentHash.ofFile(file).sha256 == known.weights {
            calibration = known
        } else {
            calibration = nil
        }
    }
}
