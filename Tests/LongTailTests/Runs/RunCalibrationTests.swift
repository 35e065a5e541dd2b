import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct RunCalibrationTests {
    private static let stages =
        "[{ pre-train: { epochs: 12, batch-size: 8, rate: { base: 0.02, schedule: cosine, warmup: 0 } } }]"

    @Test("A temperature is fitted on validation images, kept in the run, and given up when the weights change")
    func kept() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe(Self.stages, data: ", validation: 2"), at: folder.path("run"))
        let (run, path) = (experiment.run, experiment.run.layout.checkpoint("pre-train"))
        #expect(try TrainedModel.open(run.path).calibration == nil)
        let found = try run.calibrate("pre-train", on: experiment.data)
        #expect(found.images == 6)
        #expect(found.lossAfter <= found.lossBefore)
        #expect(try Run.open(at: run.path).calibrations() == ["pre-train": found])
        let (byRun, byFile) = (try TrainedModel.open(run.path), try TrainedModel.open(path))
        #expect(byRun.calibration == found && byFile.calibration == found)
        #expect(byRun.name == "pre-train" && byFile.name == "pre-train")

        var changed = try Checkpoint.read(path)
        changed.info.stage = "changed"
        try changed.write(to: path)
        #expect(try TrainedModel.open(run.path).calibration == nil)
        try Data("{".utf8).write(to: URL(fileURLWithPath: run.layout.calibration))
        #expect(
            failure { () throws(LongTailError) in _ = try TrainedModel.open(run.path) }?.problem.contains("damaged")
                == true)
    }

    @Test("A recipe without validation images, and a stage that is not there, are refused") func refused() throws {
        let folder = try RunFolder()
        let experiment = try tinyRun(tinyRecipe(Self.stages), at: folder.path("run"))
        let none = failure { () throws(LongTailError) in
            _ = try experiment.run.calibrate("pre-train", on: experiment.data)
        }
        #expect(none?.problem.contains("keeps no validation images") == true)
        let stage = failure { () throws(LongTailError) in _ = try TrainedModel.open(folder.path("run"), stage: "btm") }
        #expect(stage?.description.contains("pre-train") == true)
    }
}
