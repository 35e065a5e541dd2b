import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTraining

@testable import LongTailExperiments

/// Reads what a run keeps.
enum FuzzedRun {
    /// A folder of `run.json`, `metrics.jsonl`, `calibration.json` and the predictions of one model, not packed; the recipe is whole.
    static func open(_ bytes: [UInt8]) throws(LongTailError) {
        let (parts, layout) = (TextParts(bytes), RunLayout(Scratch.folder))
        _ = Scratch.file("recipe.yaml", Self.recipe)
        for (index, path) in [layout.record, layout.metrics, layout.calibration, layout.predictions("x")].enumerated() {
            _ = Scratch.file(String(path.dropFirst(Scratch.folder.count + 1)), parts[index] ?? [])
        }
        let run = try Run.open(at: layout.folder)
        let now = RunRecord(version: "", libtorch: "", threads: 1, command: [])
        _ = now.differences(from: run.record)
        _ = try? run.record.counts(layout.record)
        _ = try? run.metricLines()
        _ = try? run.calibrations()
        guard let result = try run.savedResult("x") else { return }
        // What a table of a comparison asks of it.
        let counts = try ClassCounts(names: result.report.classNames, counts: result.report.totals)
        var table = try RecipesTable(counts: counts, rule: run.recipe.evaluation.rule, seed: 1)
        try table.add(ComparedRun(recipe: "a", seed: 1, result: result, seconds: run.record.trainingSeconds))
        _ = table.table()
    }

    /// Where a run stood, and its tensors; what is taken must be a place of the recipe.
    static func resumePoint(_ bytes: [UInt8]) throws(LongTailError) {
        let path = Scratch.file("resume.safetensors", bytes)
        _ = try? ResumePoint.position(path)
        guard let point = try ResumePoint.read(path) else { return }
        try point.check(Self.stages, path)
        let place = point.position
        precondition(
            (0...Self.stages.count).contains(place.stage) && min(place.member, place.epoch, place.step) >= 0,
            "a point that no run has")
        for btm in Self.stages.compactMap(\.btm) { _ = try MergeInProgress(btm, point).merged() }
    }

    private static let recipe = Array((BuiltInRecipes.text(BuiltInRecipes.names.first ?? "") ?? "").utf8)
    private static let stages = (try? Recipe.parse(String(decoding: recipe, as: UTF8.self)).stages) ?? []
}
