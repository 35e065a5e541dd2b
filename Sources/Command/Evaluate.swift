import ArgumentParser
import Basics
import Foundation
import LongTail
import Reporting
import Vision

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every metric of a run's models on the test images, per class too.",
        discussion: """
            longtail evaluate runs/NAME
            longtail evaluate runs/NAME --members --power -2 --power 0.5 --json
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .directory)
    var path: String

    @Option(help: ArgumentHelp("The folder of the data set, if it has moved since training.", valueName: "folder"))
    var data: String?

    @Flag(help: "Also every member of the BTM stages that kept them (keep-members).")
    var members = false

    @Flag(
        help: """
            Also the last model with its experts weighted on the test images, without their labels (SADE's test-time \
            aggregation; networks of experts).
            """)
    var aggregate = false

    @Flag(help: "On the validation images of the recipe (data.validation) in place of the test images.")
    var validation = false

    @Option(
        name: .customLong("power"), parsing: .unconditionalSingleValue,
        help: "The generalised mean M_p of the recalls (1 arithmetic, 0 geometric, -1 harmonic); may be given again.")
    var powers: [Double] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard powers.allSatisfy(\.isFinite) else { throw ValidationError("--power takes a finite number.") }
    }

    func run() throws {
        let run = try Run.open(at: path)
        let session = RunSession(common: common, root: data)
        if aggregate, let last = run.models().last {
            // Before anything is evaluated or written.
            try common.prepare()
            let path = "\(run.checkpoints)/\(last).safetensors"
            try TestTimeAggregation.requireExperts(Checkpoint.read(path).makeNetwork())
        }
        let (report, results) = try session.report(run, members: members, onValidation: validation)
        if aggregate { return try showAggregated(run, report, results) }
        if common.json { return try printJSON(results.map { EvaluatedModel($0, report.counts, powers) }) }
        try session.show(run, report)
        if !powers.isEmpty { print("\n" + Self.means(report.models, powers).plain()) }
        print()
        print(try ReportTable.perClass(report.models, counts: report.counts, rule: report.rule).plain())
    }
}

extension Evaluate {
    /// The last model beside itself with weighted experts.
    private func showAggregated(_ run: Run, _ report: RunReport, _ results: [TestResult]) throws {
        guard let last = results.last else { return }
        let path = "\(run.checkpoints)/\(last.name).safetensors"
        let network = try Checkpoint.read(path).makeNetwork()
        let test = try TestSplit.open(run.recipe.data, root: data ?? run.record.data)
        let training = TestTimeAggregation()
        let aggregation = try training.weights(of: network, on: test, run.recipe)
        let found = try training.evaluate(network, aggregation, on: test, run.recipe)
        let name = "\(last.name), aggregated"
        let result = TestResult(name: name, report: found.report, predictions: found.predictions)
        if common.json { return try printJSON((results + [result]).map { EvaluatedModel($0, report.counts, powers) }) }
        let models = [last, result].map { ComparedModel(name: $0.name, report: $0.report, predictions: $0.predictions) }
        var table = try ReportTable.comparison(
            models, counts: report.counts, rule: report.rule, worst: run.recipe.evaluation.worst, seed: run.recipe.seed)
        let weights = try aggregation.weights().map { String(format: "%.3f", $0) }.joined(separator: ", ")
        table.notes.append("Experts weighted on the test images without their labels: \(weights).")
        print(table.plain())
    }

    private static func means(_ models: [ComparedModel], _ powers: [Double]) -> ReportTable {
        ReportTable(
            columns: [.init("M_p, in %", isNumeric: false)] + models.map { .init($0.name) },
            rows: powers.map { power in
                [.text("p = \(power)")] + models.map { .share($0.report.generalisedMean(power)) }
            }, notes: ["recalls floored at 0.1 %"])
    }
}

/// A model's figures, as JSON gives them.
struct EvaluatedModel: Encodable {
    struct Class: Encodable {
        let name: String
        let training: Int
        let test: Int
        let recall: Double?
    }

    let name: String
    let accuracy: Double
    let harmonicMean: Double
    let geometricMean: Double
    let lowestRecall: Double
    let zeroClasses: Int
    let recallFloor: Double
    let calibrationError: Double
    let classwiseCalibrationError: Double
    let generalisedMeans: [String: Double]
    let classes: [Class]

    init(_ result: TestResult, _ counts: ClassCounts, _ powers: [Double]) {
        let report = result.report
        name = result.name
        accuracy = report.accuracy
        harmonicMean = report.harmonicMean
        geometricMean = report.geometricMean
        lowestRecall = report.lowestRecall
        zeroClasses = report.zeroClasses
        recallFloor = ClassReport.recallFloor
        generalisedMeans = Dictionary(
            powers.map { ("\($0)", report.generalisedMean($0)) }, uniquingKeysWith: { first, _ in first })
        calibrationError = report.calibrationError
        classwiseCalibrationError = report.classwiseCalibrationError
        classes = counts.names.indices.map {
            Class(
                name: counts.names[$0], training: counts.counts[$0], test: report.totals[$0], recall: report.recall($0))
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, accuracy, classes
        case harmonicMean = "h-mean"
        case geometricMean = "g-mean"
        case lowestRecall = "lowest-recall"
        case zeroClasses = "zero-classes"
        case recallFloor = "recall-floor"
        case generalisedMeans = "generalised-means"
        case calibrationError = "ece"
        case classwiseCalibrationError = "classwise-ece"
    }
}
