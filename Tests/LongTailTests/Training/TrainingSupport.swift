import Foundation
import LongTail
import OrderedCollections

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// A recipe of three glyph classes with 8, 5 and 4 images, in float32; `stages` is YAML.
func tinyRecipe(
    _ stages: String, seed: Int = 0, data: String = "", network: String = "resnet20",
    precision: ComputePrecision = .float32
) throws(LongTailError) -> Recipe {
    try Recipe.parse(
        """
        name: tiny
        data: { name: glyphs, classes: 3, images-per-class: 8, test-images-per-class: 2, imbalance: 2\(data) }
        network: { name: \(network) }
        precision: \(precision.rawValue)
        seed: \(seed)
        stages: \(stages)
        """)
}

/// A new experiment in `path`, on one thread.
func tinyExperiment(
    _ recipe: Recipe, at path: String, members: String? = nil, watch: @escaping (TrainingEvent) -> Void = { _ in }
) throws(LongTailError) -> Experiment {
    try Engine.setThreads(1)
    let record = RunRecord(version: "0", libtorch: Engine.version, threads: 1, command: [])
    let run = try Run.create(at: path, recipe: recipe, record: record)
    return try Experiment(run, Preparation(recipe, root: nil), members: members) {
        watch($0)
        return .continue
    }
}

/// The recipe's images.
func tinyData(_ recipe: Recipe) throws(LongTailError) -> TrainingData {
    try TrainingData(recipe.data, root: nil, seed: recipe.seed)
}

/// The same, run to its end.
@discardableResult
func tinyRun(
    _ recipe: Recipe, at path: String, members: String? = nil, watch: @escaping (TrainingEvent) -> Void = { _ in }
) throws(LongTailError) -> Experiment {
    let experiment = try tinyExperiment(recipe, at: path, members: members, watch: watch)
    try experiment()
    return experiment
}

extension Experiment {
    /// The weights after a stage.
    func weights(_ stage: String) throws(LongTailError) -> StateDict {
        try Checkpoint.read(run.layout.checkpoint(stage)).weights
    }

    /// SHA-256 of names and bytes of the weights after a stage.
    func digest(_ stage: String) throws(LongTailError) -> String {
        var bytes = Data()
        for (name, tensor) in try weights(stage) { bytes += Data(name.utf8) + tensor.bytes }
        return ContentHash.sha256(bytes)
    }

    /// What was said.
    var log: String { (try? String(contentsOfFile: run.layout.log, encoding: .utf8)) ?? "" }
}

/// The names whose tensors differ between two state dicts, those of one only included.
func changed(_ a: StateDict, _ b: StateDict) -> Set<String> {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }
}

/// Whether a name belongs to the classifier.
func isClassifier(_ name: String) -> Bool { name.hasPrefix("fc.") || name == "learned_norm" }

/// Whether a name belongs to the running statistics.
func isStatistic(_ name: String) -> Bool { name.contains(".running_") || name.hasSuffix("num_batches_tracked") }
