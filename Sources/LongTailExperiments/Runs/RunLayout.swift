import Foundation
import LongTailBasics
import LongTailTraining

/// Where everything of a run lies: the one place that knows what its files are called.
///
///     recipe.yaml    the recipe as resolved        metrics.jsonl     one line of numbers for every epoch
///     run.json       machine, versions, classes    log.txt           what was said
///     images.txt     size and time of every picture
///     checkpoints/   reports/                      calibration.json  temperatures of its models
///     predictions/   what each model said of the test images: NAME.csv.gz (`PredictionFile`)
///
/// Models go by their names (`ModelName`).
public struct RunLayout: Sendable, Equatable {
    /// The directory of the run.
    public let folder: String

    /// The layout of a directory, whether it is there or not.
    public init(_ folder: String) { self.folder = folder }

    /// The run that a checkpoint lies in; nil for one that lies elsewhere.
    public init?(containing checkpoint: String) {
        let place = Path(Path(checkpoint).absolute).folder
        let layout = RunLayout(Path(place).folder)
        guard Path(place).name == "checkpoints", FileManager.default.fileExists(atPath: layout.record) else {
            return nil
        }
        self = layout
    }

    /// What the run says about itself.
    public var record: String { file("run.json") }
    /// The recipe as resolved.
    public var recipe: String { file("recipe.yaml") }
    /// Size and time of change of every picture.
    public var images: String { file("images.txt") }
    /// One line for every epoch.
    public var metrics: String { file("metrics.jsonl") }
    /// What was said.
    public var log: String { file("log.txt") }
    /// Temperatures of its models.
    public var calibration: String { file("calibration.json") }
    /// The folder of reports.
    public var reports: String { file("reports") }
    /// The folder of models that were exported.
    public var exports: String { file("exports") }
    /// The weights of a model.
    public func checkpoint(_ model: String) -> String { "\(checkpoints)/\(model).safetensors" }
    /// What a model said of each test image.
    public func predictions(_ model: String) -> String { "\(predictions)/\(model).csv.gz" }

    /// Members that several processes train for this run, until they are merged.
    var members: String { file("members") }
    /// What a killed run goes on from.
    var resumePoint: String { checkpoint(ModelName.resume) }
    /// Weights that a soup has led to, on their way to other processes; removed like any half-written file.
    var candidate: String { "\(checkpoints)/.candidate.\(getpid()).part" }
    /// Keeps a second process out.
    var lock: String { file(".lock") }
    /// The folders that a run begins with.
    var folders: [String] { [checkpoints, predictions, reports] }

    /// What the folder holds beside the remains of a run that was killed before it said anything about itself.
    var foreign: [String] {
        let there = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let names = ([lock, recipe, images] + folders).map { $0.dropFirst(folder.count + 1) }.map(String.init)
        let isRemains = there.contains(names[0]) && !FileManager.default.fileExists(atPath: record)
        return there.filter { isRemains ? !names.contains($0) && !Self.isPart($0) : $0 != names[0] }
    }

    /// Whether a file is what a killed write left behind.
    static func isPart(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".part") }

    private var checkpoints: String { file("checkpoints") }
    private var predictions: String { file("predictions") }
    private func file(_ name: String) -> String { "\(folder)/\(name)" }
}
