import ArgumentParser
import Foundation
import LongTail

/// How fast photographs become a network's bytes on one core, for `make bench`.
struct TransformBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transforms",
        abstract: """
            Photographs a second of processor time, through the usual transforms; with --workers by the clock, through \
            the loader with so many threads.
            """,
        shouldDisplay: false)

    @ParentCommand var bench: Bench

    @Option(help: "Passes over the pictures.")
    var passes = 3

    func validate() throws {
        guard passes > 0 else { throw ValidationError("--passes must be above 0.") }
    }

    func run() throws {
        guard let data = bench.data else {
            throw LongTailError(
                .usage, "the transforms need pictures", remedy: "Name a folder of them with --data FOLDER.")
        }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: data).sorted() } catch {
            throw LongTailError(.data, "cannot list \(data): \(error.localizedDescription)")
        }
        let speed = try TransformSpeed(paths: names.map { "\(data)/\($0)" }, passes: passes)
        if let workers = bench.common.workers {
            let rate = try speed.loading(workers: workers)
            if bench.common.json { return try showJSON(["photographs_loader_per_second": rate]) }
            return try show("loader, \(workers) workers     \(Int(rate)) photographs/s")
        }
        let figures = try Figures(
            training: speed.training(), fast: speed.training(decoding: .fast), cached: speed.training(cached: true),
            evaluation: speed.evaluation())
        if bench.common.json { return try showJSON(figures) }
        try show("training             \(Int(figures.training)) photographs/s")
        try show("training, fast       \(Int(figures.fast)) photographs/s")
        try show("training, from cache \(Int(figures.cached)) photographs/s")
        try show("evaluation           \(Int(figures.evaluation)) photographs/s")
    }

    private struct Figures: Encodable {
        let training: Double
        let fast: Double
        let cached: Double
        let evaluation: Double

        enum CodingKeys: String, CodingKey {
            case training = "photographs_train_per_second"
            case fast = "photographs_train_fast_per_second"
            case cached = "photographs_train_cached_per_second"
            case evaluation = "photographs_evaluate_per_second"
        }
    }
}
