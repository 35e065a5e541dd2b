import ArgumentParser
import Basics
import Foundation
import LongTail
import Reporting
import Vision

struct Ablate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The paper's Tables 5 to 8 for a recipe, from a trained model.",
        discussion: """
            Every variant is a run of its own under the output folder; finished runs and trained members are used again,
            by other tables too, and a stopped command goes on where it stood.

            longtail ablate cifar100-lt/mislas-btm --table 5 --checkpoint model.pth.tar --data DATA
            """)

    @Argument(help: "A recipe with one btm and one post-train stage.", completion: .file(extensions: ["yaml"]))
    var recipe: String

    @Option(help: "5: stages, 6: ways to merge, 7: number and size of subsets, 8: when and which part.")
    var table: Int

    @Option(help: "The trained model.", completion: .file())
    var checkpoint: String

    @OptionGroup var options: RecipeOptions

    @Option(help: ArgumentHelp("Where runs, members and tables are kept.", valueName: "folder"))
    var output = "runs/ablation"

    @OptionGroup var common: CommonOptions

    func run() throws {
        guard let table = AblationTable(rawValue: table) else {
            throw Failure(.usage, "there is no table \(table) here", remedy: "Give --table 5, 6, 7 or 8.")
        }
        let recipe = try Recipe.load(recipe, overrides: options.overrides).continued(from: checkpoint)
        let session = RunSession(common: common, root: options.data, members: "\(output)/members")
        try common.prepare()
        let test = try TestSplit.open(recipe.data, root: options.data)
        let counts = try TrainingData(recipe.data, root: options.data, seed: recipe.seed).counts
        var rows: [(label: String, result: TestResult, seconds: Double)] = []
        for variant in try table.variants(of: recipe) {
            let path = "\(output)/\(variant.name)"
            common.sink.say("— \(variant.name)")
            let run = try session.continued(variant.recipe, at: path)
            for (label, model) in variant.rows {
                let result = try run.savedResult(model) ?? run.evaluate([model], on: test)[0]
                rows.append((label, result, run.record.trainingSeconds))
            }
            let name = "table\(table.rawValue)-seed\(recipe.seed)"
            let shown = try Self.table(rows, counts, recipe)
            try AtomicFile.write(shown.markdown(), to: "\(output)/\(name).md")
            try AtomicFile.write(shown.json(), to: "\(output)/\(name).json")
        }
        let shown = try Self.table(rows, counts, recipe)
        print(common.json ? try shown.json() : shown.plain())
    }

    private static func table(
        _ rows: [(label: String, result: TestResult, seconds: Double)], _ counts: ClassCounts, _ recipe: Recipe
    ) throws(Failure) -> ReportTable {
        let groups = try counts.groups(recipe.evaluation.rule)
        var cells: [[Cell]] = []
        for row in rows {
            let report = row.result.report
            let intervals = Bootstrap.intervals(report, seed: recipe.seed)
            let means = report.groupMeans(groups)
            cells.append(
                [
                    .text(row.label), .share(report.harmonicMean, intervals.harmonicMean),
                    .share(report.geometricMean, intervals.geometricMean),
                    .share(report.lowestRecall, intervals.lowestRecall), .count(report.zeroClasses),
                    .share(report.accuracy, intervals.accuracy),
                ]
                    + Group.allCases.map { group in means[group].map { .share($0) } ?? .missing }
                    + [.share(report.calibrationError), .count(Int(row.seconds.rounded()))])
        }
        return ReportTable(
            columns: [
                .init("model", isNumeric: false), .init("H-mean"), .init("G-mean"), .init("lowest"), .init("zero"),
                .init("accuracy"), .init("many"), .init("medium"), .init("few"), .init("ECE"), .init("run, s"),
            ], rows: cells,
            notes: [
                "in %; H and G: recalls floored at 0.1 %; in brackets 95 % intervals over test images; seed \(recipe.seed).",
                "run, s: seconds of training of the row's run, without members that another run had trained.",
            ] + (try paired(rows, recipe)))
    }

    /// The last row against "stage 2", where both are in the table.
    private static func paired(
        _ rows: [(label: String, result: TestResult, seconds: Double)], _ recipe: Recipe
    ) throws(Failure) -> [String] {
        guard let alone = rows.first(where: { $0.label.hasPrefix("stage 2") }), let last = rows.last, rows.count > 2
        else {
            return []
        }
        let change = try PairedComparison(alone.result.predictions, last.result.predictions, seed: recipe.seed)
            .differences
        func text(_ name: String, _ difference: PairedComparison.Difference) -> String {
            let cell = Cell.change(difference.value, difference.interval)
            return "\(name) \(cell.line)"
        }
        return [
            "\(last.label) minus \(alone.label), paired: "
                + [
                    text("H-mean", change.harmonicMean), text("G-mean", change.geometricMean),
                    text("lowest", change.lowestRecall), text("accuracy", change.accuracy),
                ].joined(separator: ", ") + "; * where the interval excludes zero."
        ]
    }
}
