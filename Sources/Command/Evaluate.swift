import ArgumentParser
import Basics
import LongTail
import Reporting
import Vision

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every metric of a run's models on the test images, per class too.",
        discussion: """
            longtail evaluate runs/NAME
            longtail evaluate runs/NAME --members --json
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"), completion: .directory)
    var path: String

    @Option(help: ArgumentHelp("The folder of the data set, if it has moved since training.", valueName: "folder"))
    var data: String?

    @Flag(help: "Also every member of the BTM stages that kept them (keep-members).")
    var members = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let run = try Run.open(at: path)
        let session = RunSession(common: common, root: data)
        let (report, results) = try session.report(run, members: members)
        if common.json { return try printJSON(results.map { EvaluatedModel($0, report.counts) }) }
        try session.show(run, report)
        print()
        print(try ReportTable.perClass(report.models, counts: report.counts, rule: report.rule).plain())
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
    let classes: [Class]

    init(_ result: TestResult, _ counts: ClassCounts) {
        let report = result.report
        name = result.name
        accuracy = report.accuracy
        harmonicMean = report.harmonicMean
        geometricMean = report.geometricMean
        lowestRecall = report.lowestRecall
        zeroClasses = report.zeroClasses
        recallFloor = ClassReport.recallFloor
        calibrationError = report.calibrationError
        classwiseCalibrationError = report.classwiseCalibrationError
        classes = counts.names.indices.map {
            Class(name: counts.names[$0], training: counts.counts[$0], test: report.totals[$0], recall: report.recall($0))
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, accuracy, classes
        case harmonicMean = "h-mean"
        case geometricMean = "g-mean"
        case lowestRecall = "lowest-recall"
        case zeroClasses = "zero-classes"
        case recallFloor = "recall-floor"
        case calibrationError = "ece"
        case classwiseCalibrationError = "classwise-ece"
    }
}
