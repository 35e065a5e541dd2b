import ArgumentParser
import Foundation
import LongTail

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What a recipe will take: steps, time, memory and disk, before anything is trained.",
        discussion: """
            Steps are counted; a few of each kind of stage are measured, and nothing is written. Without the data set's
            files the published numbers of images are counted, and placeholder images measured.

            longtail plan cifar100-lt/mislas-btm --data DATA
            longtail plan cifar100-lt/mislas-btm --set stages.btm.members=4 --json
            """)

    @Argument(
        help: "A recipe file, or the name of one (longtail recipe list).", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @OptionGroup var options: RecipeOptions

    @Option(help: "Steps to measure of each kind of stage.")
    var steps = 20

    @Option(help: "Seconds at the most for each measurement.")
    var seconds = 30.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...10_000).contains(steps) else { throw ValidationError("--steps must be from 1 to 10000.") }
        guard seconds > 0, seconds.isFinite, seconds < 1e6 else { throw ValidationError("--seconds must be above 0.") }
    }

    func run() throws {
        let recipe = try Recipe.load(recipe, overrides: options.overrides)
        _ = try common.session()
        var planner = Planner()
        (planner.steps, planner.limit) = (steps, seconds)
        let sink = common.sink
        let plan = try planner.plan(recipe, root: options.data) { sink.say($0) }
        if common.json { return try showJSON(plan) }
        try show(Self.table(plan).plain())
    }
}

extension PlanCommand {
    /// The plan as a table, one row for each stage, with the rest below.
    static func table(_ plan: Plan) -> ReportTable {
        let images = "\(plan.trainingImages) training images of \(plan.classes) classes"
        return ReportTable(
            title: "\(plan.recipe): \(images) of \(plan.data), on \(plan.device) with \(plan.threads) threads",
            columns: [
                .init("stage", isNumeric: false), .init("members"), .init("images"), .init("epochs"),
                .init("steps/epoch"), .init("steps"), .init("images/s"), .init("time"), .init("memory"),
                .init("checkpoint"),
            ],
            rows: plan.stages.map { stage in
                [
                    .text(stage.name), .count(stage.members), .count(stage.images), .count(stage.epochs),
                    .count(stage.stepsPerEpoch), .count(stage.steps), .text(rate(stage.imagesPerSecond)),
                    .text(duration(stage.trainingSeconds + stage.mergingSeconds)),
                    .text(size(stage.memory.weights + stage.memory.optimizer + (stage.memory.activations ?? 0))),
                    .text(size(stage.checkpointBytes)),
                ]
            }, notes: notes(plan))
    }

    private static func notes(_ plan: Plan) -> [String] {
        let evaluation = plan.evaluation
        var lines = plan.stages.map { "rate of \($0.name): \($0.rate)" }
        lines += [
            "evaluation: \(evaluation.models) models on \(evaluation.images) test images, "
                + "\(rate(evaluation.imagesPerSecond)) images/s: \(duration(evaluation.seconds))",
            "in all: \(duration(plan.seconds))",
            "disk: \(size(plan.disk.total)) (checkpoints \(size(plan.disk.checkpoints)), "
                + "kept members \(size(plan.disk.members)), resume point \(size(plan.disk.resume)))",
        ]
        if let largest = plan.stages.max(by: { total($0.memory) < total($1.memory) }) {
            let memory = largest.memory
            let rest = memory.activations.map { size($0) } ?? "unknown"
            lines.append(
                "memory of \(largest.name): weights \(size(memory.weights)), gradients and momentum "
                    + "\(size(memory.optimizer)), activations and the rest about \(rest)")
        }
        if let reading = plan.bottleneck.readingPerSecond {
            let network = plan.bottleneck.networkPerSecond
            lines.append(
                "\(plan.bottleneck.isReading ? "reading and decoding" : "the network") limits: "
                    + "read \(rate(reading)) images/s, trained \(rate(network)) images/s, each alone")
        }
        return lines + plan.notes
    }

    private static func total(_ memory: Plan.Memory) -> Int {
        memory.weights + memory.optimizer + (memory.activations ?? 0)
    }

    private static func rate(_ perSecond: Double) -> String {
        String(format: perSecond < 10 ? "%.2f" : "%.0f", perSecond)
    }

    private static func size(_ bytes: Int) -> String {
        let megabytes = Double(bytes) / 1e6
        return megabytes < 1000
            ? String(format: "%.1f MB", megabytes) : String(format: "%.1f GB", megabytes / 1000)
    }

    private static func duration(_ seconds: Double) -> String { ProgressState.duration(seconds) }
}
