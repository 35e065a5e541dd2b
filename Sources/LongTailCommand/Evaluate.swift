import ArgumentParser
import Foundation
import LongTail

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Every metric of a run's models, of a trained model, or of any program's predictions, per class too.",
        discussion: """
            longtail evaluate model.pth --data PHOTOS
            longtail evaluate --predictions before.csv --predictions after.npz --counts train.csv
            longtail evaluate runs/NAME
            longtail evaluate runs/NAME --members --power -2 --power 0.5 --json
            """)

    @Argument(help: ArgumentHelp("The run, or a file of weights.", valueName: "run"), completion: .file())
    var path: String?

    @Option(
        name: .customLong("predictions"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Predictions in the place of a model: predictions.csv.gz, CSV with the columns true,predicted[,score,group], or .npz \
            with y_true and y_pred or y_score. A second file gives the paired comparison.
            """, valueName: "file"), completion: .file(extensions: ["gz", "csv", "npz"]))
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Training images per class (CSV: class,count), for many, medium and few.", valueName: "file"),
        completion: .file(extensions: ["csv"]))
    var counts: String?

    @Option(help: "Also what another evaluator prints for the same predictions: btm or lift.")
    var convention: MetricConvention?

    @Option(
        help: ArgumentHelp(
            "The folder of the data set: for a file of weights, and for a run whose data have moved since training.",
            valueName: "folder"))
    var data: String?

    @OptionGroup var model: ModelOptions

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

    @Option(
        help: ArgumentHelp(
            "The folder for predictions and report; the run's own by default, and none for a file of weights.",
            valueName: "folder"), completion: .directory)
    var output: String?

    @OptionGroup var waiting: WaitingOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard powers.allSatisfy(\.isFinite) else { throw ValidationError("--power takes a finite number.") }
        guard (path == nil) == !files.isEmpty else {
            throw ValidationError("Name a run or a file of weights, or predictions with --predictions FILE.")
        }
        if files.isEmpty, counts != nil { throw ValidationError("--counts goes with --predictions.") }
        if !files.isEmpty, data != nil || members || aggregate || validation || output != nil {
            throw ValidationError(
                "--predictions needs neither images nor a model: it goes without --data, --members, --aggregate, "
                    + "--validation and --output.")
        }
    }

    func run() throws {
        guard files.isEmpty else { return try evaluatePredictions() }
        try common.together(waiting, root: data, recipe: stated, work)
    }

    /// The recipe, as words and files say it.
    private func stated() throws(LongTailError) -> Recipe? {
        guard let path else { return nil }
        guard Path(path).isFile else { return try Run.stated(path) }
        return try Recipe.balancing(path, overrides: model.overrides)
    }

    private func work(_ session: Session) throws {
        let found = try evaluated(session)
        let report = found.report
        let results = found.results + [found.aggregated?.result].compactMap(\.self)
        if common.json {
            let groups = try report.counts.groups(report.rule)
            return try showJSON(
                EvaluatedModel.all(results, report.counts, groups, powers: powers, seed: report.seed))
        }
        if let aggregated = found.aggregated { return try show(try Self.aggregation(found, aggregated).plain()) }
        if let place = place { try common.present(report, in: place) } else { try Self.present(report) }
        if !powers.isEmpty { try show("\n" + Self.means(report.models, powers).plain()) }
        if let convention {
            let groups = try report.counts.groups(report.rule)
            try show("\n" + ReportTable.convention(convention, report.models, groups: groups).plain())
        }
        try show()
        try show(try report.allClasses().plain())
    }
}

extension MetricConvention: ExpressibleByArgument {}

extension Evaluate {
    /// Tables from predictions alone.
    private func evaluatePredictions() throws {
        try model.refuse("predictions")
        let report = try PredictionsReport(files, counts: counts, seed: 0)
        for note in report.notes { common.sink.say(note) }
        if common.json {
            let groups = try report.counts?.groups()
            let results = report.models.compactMap { model in
                model.predictions.map { TestResult(name: model.name, report: model.report, predictions: $0) }
            }
            return try showJSON(EvaluatedModel.all(results, report.counts, groups, powers: powers, seed: 0))
        }
        try show(report.comparison.plain())
        if !powers.isEmpty { try show(Self.means(report.models, powers).plain()) }
        if let convention { try show(try report.table(convention).plain()) }
        try show(report.classes.plain())
    }
}

extension Evaluate {
    /// Where the report is; nil where none was written.
    private var place: RunLayout? {
        let layout = output.map { RunLayout($0) } ?? path.flatMap { Path($0).isFile ? nil : RunLayout($0) }
        return layout.flatMap { access($0.reports, W_OK) == 0 ? $0 : nil }
    }

    private func evaluated(_ session: Session) throws(LongTailError) -> Evaluation {
        let path = path ?? ""
        guard !Path(path).isFile else {
            guard let data else {
                throw LongTailError(
                    .usage, "\(path): is a file of weights, and nothing says on which pictures to evaluate it",
                    remedy: "Name them with --data PHOTOS.")
            }
            return try session.evaluate(model: path, on: data, overrides: model.overrides, output: output)
        }
        try model.refuse("a run")
        return try session.evaluate(
            path, root: data, on: validation ? .validation : .test, members: members, aggregating: aggregate,
            output: output)
    }

    /// The last model beside itself with weighted experts.
    private static func aggregation(
        _ found: Evaluation, _ aggregated: Evaluation.Aggregated
    ) throws(LongTailError) -> ReportTable {
        let models = (found.results.suffix(1) + [aggregated.result]).map {
            ComparedModel(name: $0.name, report: $0.report, predictions: $0.predictions)
        }
        let report = found.report
        var table = try ReportTable.comparison(
            models, counts: report.counts, rule: report.rule, worst: report.worst, seed: report.seed)
        let weights = aggregated.weights.map { String(format: "%.3f", $0) }.joined(separator: ", ")
        table.notes.append("Experts weighted on the test images without their labels: \(weights).")
        return table
    }

    /// What is said of a model that has no run.
    private static func present(_ report: RunReport) throws(LongTailError) {
        try show(report.comparison.plain())
        for note in report.notes { try show(note) }
    }

    private static func means(_ models: [ComparedModel], _ powers: [Double]) -> ReportTable {
        ReportTable(
            columns: [.init("M_p, in %", isNumeric: false)] + models.map { .init($0.name) },
            rows: powers.map { power in
                [.text("p = \(power)")] + models.map { .share($0.report.generalisedMean(power)) }
            }, notes: ["recalls floored at 0.1 %"])
    }
}
