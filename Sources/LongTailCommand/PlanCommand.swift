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
            longtail plan imagenet-lt/mislas-btm --processes 8 --set stages.pre-train.shards=8
            """)

    @Argument(
        help: "A recipe file, or the name of one (longtail recipe list).", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @OptionGroup var options: RecipeOptions

    @Option(help: "Steps to measure of each kind of stage.")
    var steps = 20

    @Option(help: "Seconds at the most for each measurement.")
    var seconds = 30.0

    @Option(help: "Also what becomes of it on so many processes, each as fast as this one.")
    var processes: Int?

    @Option(help: "Gigabits a second between two of them.")
    var bandwidth = 10.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...10_000).contains(steps) else { throw ValidationError("--steps must be from 1 to 10000.") }
        guard (1...65_536).contains(processes ?? 1) else {
            throw ValidationError("--processes must be from 1 to 65536.")
        }
        guard bandwidth > 0, bandwidth.isFinite else { throw ValidationError("--bandwidth must be above 0.") }
        guard seconds > 0, seconds.isFinite, seconds < 1e6 else { throw ValidationError("--seconds must be above 0.") }
    }

    func run() throws {
        let recipe = try Recipe.load(recipe, overrides: options.overrides)
        _ = try common.session()
        var planner = Planner()
        (planner.steps, planner.limit) = (steps, seconds)
        let sink = common.sink
        let plan = try planner.plan(recipe, root: options.data) { sink.say($0) }
        let many = try processes.map { (count) throws(LongTailError) in
            try ProcessPlan(plan, of: recipe, processes: count, bandwidth: bandwidth * 1e9 / 8)
        }
        if common.json {
            guard let many else { return try showJSON(plan) }
            return try showJSON(Plans(plan: plan, processes: many))
        }
        try show(Self.table(plan).plain())
        if let many { try show("\n" + Self.table(many).plain()) }
    }
}

extension PlanCommand {
    /// A plan, and what becomes of it on many processes.
    private struct Plans: Encodable {
        let plan: Plan
        let processes: ProcessPlan
    }

    /// The plan on many processes as a table, one row for each stage, with the rest below.
    static func table(_ plan: ProcessPlan) -> ReportTable {
        let gigabits = String(format: "%g", plan.bandwidth * 8 / 1e9)
        return ReportTable(
            title: "on \(plan.processes) processes, each as fast as this one, \(gigabits) Gbit/s between two of them",
            columns: [
                .init("stage", isNumeric: false), .init("divided", isNumeric: false), .init("at work"), .init("time"),
                .init("exchange"), .init("images/s"),
            ],
            rows: plan.stages.map { stage in
                [
                    .text(stage.name), .text(stage.by ?? "-"), .count(stage.busy), .text(duration(stage.seconds)),
                    .text(stage.exchange > 0 ? duration(stage.exchange) : "-"), .text(rate(stage.imagesPerSecond)),
                ]
            },
            notes: plan.notes + [
                "evaluation: \(duration(plan.evaluationSeconds))", "in all: \(duration(plan.seconds))",
                "images/s: what all processes read together, which the storage must give.",
            ])
    }

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
