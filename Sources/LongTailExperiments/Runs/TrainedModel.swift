import Foundation
import LongTailBasics
import LongTailFiles
import LongTailSerialization
import LongTailTorch
import LongTailTraining
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

    /// What was assumed of a file that does not say it, a sentence each.
    public let notes: [String]

    /// Opens a run's model, the last finished stage unless `stage` names another, or a file of weights.
    ///
    /// A file that this program did not write, or that names no recipe, is taken as a classifier of photographs that are
    /// prepared as the built-in recipe `folder` prepares them.
    ///
    /// - Parameters:
    ///   - path: A run or a file.
    ///   - stage: A stage of the run.
    ///   - classes: For such a file: the classes' names in the order of the logits; nil for those that it states.
    ///   - overrides: For such a file: `key.path=value` texts of the recipe.
    ///   - registry: What a program adds to the words of recipes.
    /// - Throws: When there is no such run, stage or file.
    public static func open(
        _ path: String, stage: String? = nil, classes: [String]? = nil, overrides: [String] = [],
        registry: Registry = Registry()
    ) throws(LongTailError) -> TrainedModel {
        guard Path(path).isFile else { return try open(Run.open(at: path, registry: registry), stage) }
        guard stage == nil else {
            throw LongTailError(
                .usage, "\(path): is one checkpoint and has no stages", remedy: "Leave out \(Wording.option("stage")).")
        }
        let file = try ModelFile.read(path)
        let name = Path(path).stem
        let run = try RunLayout(containing: path).map { (layout) throws(LongTailError) in
            try Run.open(at: layout.folder, registry: registry)
        }
        if let own = try Checkpoint.info(of: file, path), own.recipe ?? run?.recipe.yaml != nil {
            guard classes == nil, overrides.isEmpty else {
                throw LongTailError(
                    .usage, "\(path): knows its classes and how its images are prepared",
                    remedy: "Leave out \(Wording.option("classes")) and \(Wording.option("set")).")
            }
            return try TrainedModel(file: path, name: name, run: run, registry)
        }
        return try TrainedModel(foreign: file, path, name, classes, overrides, registry)
    }

    private static func open(_ run: Run, _ stage: String?) throws(LongTailError) -> TrainedModel {
        let name = try run.model(stage)
        return try TrainedModel(file: run.layout.checkpoint(name), name: name, run: run, run.recipe.registry)
    }

    private init(file: String, name: String, run: Run?, _ registry: Registry) throws(LongTailError) {
        (path, self.name) = (file, name)
        checkpoint = try Checkpoint.read(file)
        notes = []
        guard let text = checkpoint.info.recipe ?? run?.recipe.yaml else {
            throw LongTailError(.checkpoint, "\(file): names no recipe")
        }
        recipe = try Recipe.parse(text, file: "\(file) (its recipe)", registry: registry)
        calibration = try run?.calibration(of: name)
    }

    /// Where size, mean and deviation of pictures are from.
    private static func origin(_ config: ModelConfig?) -> String {
        guard let config, config.size != nil || config.mean != nil else {
            return "assumed, for the file says nothing of it"
        }
        let place = "by \(config.source)"
        if config.size == nil { return "\(place), which does not say the size: that is assumed" }
        return config.mean == nil ? "\(place), which says the size alone: the rest is assumed" : place
    }

    /// A file of weights of others.
    private init(
        foreign file: ModelFile, _ path: String, _ name: String, _ classes: [String]?, _ overrides: [String],
        _ registry: Registry
    ) throws(LongTailError) {
        let match = try NetworkMatch(file, path, overrides, parts: registry.parts)
        let weights: StateDict
        do throws(LongTailError) { weights = try match.plan.apply() } catch { throw error.at(path) }
        let count = match.classes ?? 0
        let own = try Checkpoint.info(of: file, path)?.classNames
        let stated = file.statedClasses.first { $0.names.count == count }
        if let classes, classes.count != count {
            throw LongTailError(
                .usage, "\(path): its classifier has \(count) classes, but \(classes.count) are named",
                remedy: "Give one name a line, in the order of the logits.")
        }
        let labels = match.config?.classNames.flatMap { $0.count == count ? $0 : nil }
        let names = classes ?? own ?? stated?.names ?? labels ?? (0..<count).map { "class \($0)" }
        recipe = try Recipe.load("folder", overrides: match.overrides + overrides, registry: registry)
        let info = Checkpoint.Info(match.design, classNames: names, listHash: nil, stage: "import", recipe: recipe.yaml)
        (self.path, self.name, checkpoint, calibration) = (path, name, Checkpoint(info: info, weights: weights), nil)
        let normalization = recipe.data.normalization
        notes = [
            "\(match.design.name.rawValue), images of \(recipe.data.imageSize) pixels, mean \(normalization.mean), deviation "
                + "\(normalization.std): "
                + Self.origin(match.config),
            classes != nil
                ? nil
                : own != nil
                    ? nil
                    : stated.map { "classes by its \($0.key)" } ?? labels.map { _ in "classes by the file beside it" }
                        ?? "its classes have no names: they are numbers from 0",
            labels == nil
                ? match.config.flatMap { config in
                    config.classNames.map {
                        "\(config.source) names \($0.count) classes, the classifier has \(count): left out"
                    }
                } : nil,
        ].compactMap(\.self)
    }
}
