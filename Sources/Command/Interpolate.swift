import ArgumentParser
import Basics
import Foundation
import LongTail
import OrderedCollections
import Reporting
import Serialization
import Vision

struct Interpolate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Accuracy, H-mean and G-mean on the straight line from one model to another (the paper's figures 1, 2).",
        discussion: """
            longtail interpolate runs/NAME/checkpoints/pre-train.safetensors runs/NAME/checkpoints/btm.safetensors \\
                --points 11 --data DATA --output curve.svg
            """)

    @Argument(help: "The model at 0: a checkpoint of this program.", completion: .file(extensions: ["safetensors"]))
    var from: String

    @Argument(help: "The model at 1.", completion: .file(extensions: ["safetensors"]))
    var to: String

    @Option(
        help: "A third model to show beside the curve, such as the union model of figure 2.",
        completion: .file(extensions: ["safetensors"]))
    var reference: String?

    @Option(help: "Points on the line, both ends among them.")
    var points = 11

    @Option(help: ArgumentHelp("The folder of the data set.", valueName: "folder"))
    var data: String?

    @Option(
        help: ArgumentHelp("The figure to write (.svg).", valueName: "file"), completion: .file(extensions: ["svg"]))
    var output: String?

    @Flag(help: "The table as Markdown.")
    var markdown = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (2...1001).contains(points) else { throw ValidationError("--points must be from 2 to 1001.") }
    }

    func run() throws {
        try common.prepare()
        let (a, b) = (try Checkpoint.read(from), try Checkpoint.read(to))
        try b.check(classNames: a.info.classNames, listHash: a.info.listHash, path: to)
        guard let text = a.info.recipe else {
            throw Failure(.checkpoint, "\(from): names no recipe, so its data are not known")
        }
        let recipe = try Recipe.parse(text, file: "\(from) (its recipe)")
        let test = try TestSplit.open(recipe.data, root: data)
        let evaluator = Evaluator(recipe)
        let progress = ProgressReporter("interpolating", total: points * test.count, unit: "images", sink: common.sink)
        var curve: [(lambda: Double, report: ClassReport)] = []
        for point in 0..<points {
            let lambda = Double(point) / Double(points - 1)
            // λ = 1 is the second model, as in the paper's λ f_D + (1 − λ) f.
            let weights = try interpolate(b.weights, a.weights, lambda: lambda)
            let network = try Checkpoint(info: a.info, weights: weights).makeNetwork()
            let report = try evaluator(network, on: test) { progress.advance(to: point * test.count + $0) }.report
            curve.append((lambda, report))
        }
        progress.finish()
        let third = try reference.map { (path) throws(Failure) in
            let checkpoint = try Checkpoint.read(path)
            try checkpoint.check(classNames: a.info.classNames, listHash: a.info.listHash, path: path)
            return try evaluator(checkpoint.makeNetwork(), on: test).report
        }
        let table = ReportTable(
            columns: [.init("λ"), .init("accuracy"), .init("H-mean"), .init("G-mean"), .init("lowest recall")],
            rows: (curve.map { (String(format: "%.2f", $0.lambda), $0.report) }
                + (third.map { [("reference", $0)] } ?? []))
                .map { label, report in
                    [
                        .text(label), .share(report.accuracy),
                        .share(report.harmonicMean),
                        .share(report.geometricMean), .share(report.lowestRecall),
                    ]
                },
            notes: ["H and G: recalls floored at 0.1 %. Measured on the test images, to report."])
        print(common.json ? try table.json() : markdown ? table.markdown() : table.plain())
        if let output {
            var figure = try CurveFigure.interpolation(
                title: "From \(a.info.stage) to \(b.info.stage)", from: a.info.stage, to: b.info.stage, points: curve)
            if let third {
                figure.series += [
                    ("G-mean of reference", curve.map { _ in 100 * third.geometricMean }),
                    ("H-mean of reference", curve.map { _ in 100 * third.harmonicMean }),
                ]
            }
            try AtomicFile.write(figure.svg(), to: output)
        }
    }
}
