import ArgumentParser
import Foundation
import LongTail

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How fast this machine trains and evaluates ResNet-32; `make bench` sets it beside PyTorch.",
        discussion: "longtail bench --data DATA",
        subcommands: [TransformBench.self, BenchNetwork.self, BenchMethods.self, BenchSave.self, BenchIndex.self])

    @Option(
        help: ArgumentHelp(
            "The folder of CIFAR-100, for the BTM member; without it that is left out.", valueName: "folder"))
    var data: String?

    @Option(help: "Seconds of each measurement.")
    var seconds = 5.0

    @Option(help: "Epochs of the BTM member.")
    var epochs = 2

    @Flag(help: "Only the time by operator, of one training and one evaluation step.")
    var profile = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard seconds > 0, seconds.isFinite, epochs > 0 else {
            throw ValidationError("--seconds and --epochs must be above 0.")
        }
    }

    func run() throws {
        _ = try common.session()
        Compute.bindThreads()
        let speed = try SpeedTest()
        if profile { return try showProfile(speed) }
        var figures = Figures(
            train: try speed.training(seconds: seconds), evaluate: try speed.evaluation(seconds: seconds),
            refit: try speed.training(seconds: seconds, method: MiSLAS(), part: .classifier),
            call: try SpeedTest.operatorCall())
        if let data {
            let member = try SpeedTest.member(root: data, epochs: epochs)
            figures.member = member.total / Double(epochs)
            figures.parts = member.parts
        }
        if common.json { return try showJSON(figures) }
        try show("training ResNet-32    \(Int(figures.train)) images/s")
        try show("evaluating it         \(Int(figures.evaluate)) images/s")
        try show("refitting a classifier \(Int(figures.refit)) images/s")
        try show("one operator call     \(String(format: "%.2f", figures.call)) µs")
        guard let member = figures.member else { return }
        try show("an epoch of a member  \(String(format: "%.2f", member)) s")
        for (name, value) in (figures.parts ?? [:]).sorted(by: { $0.value > $1.value }) {
            try show("  \(name): \(String(format: "%.1f", 100 * value / (member * Double(epochs)))) %")
        }
    }

    private func showProfile(_ speed: SpeedTest) throws {
        let found = try speed.profile()
        let product = try speed.matrixProduct()
        if common.json {
            let steps = ["training": found.training.entries, "evaluation": found.evaluation.entries]
            return try showJSON(Profiles(profile: steps, matrixProduct: product))
        }
        try show(found.training.table("one training step").plain())
        try show(found.evaluation.table("one evaluation step").plain())
        try show("a product of large matrices \(Int(product)) GFLOP/s")
    }

    private struct Profiles: Encodable {
        let profile: [String: [Profile.Entry]]
        let matrixProduct: Double

        enum CodingKeys: String, CodingKey {
            case profile
            case matrixProduct = "matrix_product_gflops"
        }
    }

    private struct Figures: Encodable {
        let train: Double
        let evaluate: Double
        let refit: Double
        let call: Double
        var member: Double?
        var parts: [String: Double]?

        enum CodingKeys: String, CodingKey {
            case train = "train_images_per_second"
            case evaluate = "evaluate_images_per_second"
            case refit = "refit_images_per_second"
            case call = "operator_call_microseconds"
            case member = "btm_member_seconds_per_epoch"
            case parts = "btm_seconds_by_part"
        }
    }
}

extension Profile {
    /// The operators that take half a percent or more.
    func table(_ title: String) -> ReportTable {
        ReportTable(
            title: title,
            columns: [.init("operator", isNumeric: false), .init("calls"), .init("ms"), .init("share, %")],
            rows: entries.filter { $0.share >= 0.005 }.map { entry in
                [
                    .text(entry.operator), .text(String(format: "%g", entry.calls)),
                    .text(String(format: "%.2f", entry.milliseconds)), .text(String(format: "%.1f", 100 * entry.share)),
                ]
            })
    }
}
