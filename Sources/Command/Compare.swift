import ArgumentParser
import Basics
import Foundation
import LongTail
import Reporting
import Vision

struct Compare: ParsableCommand {
    /// How the table is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, latex, json
    }

    static let configuration = CommandConfiguration(
        abstract: "Runs several recipes, with several seeds, and puts them side by side.",
        discussion: """
            Each recipe and seed is a run of its own under the output folder. Finished runs are used again, and a stopped
            command goes on where it stood. The table is there, too: table.txt, .md, .tex and .json.

            longtail compare cifar100-lt/ce cifar100-lt/bsce --seeds 3 --data DATA
            longtail compare cifar100-lt/mislas cifar100-lt/crt --data DATA \
                --checkpoint model.pth.tar
            """)

    @Argument(
        help: "The recipes; the others are compared with the first.", completion: .file(extensions: ["yaml"]))
    var recipes: [String]

    @Option(help: "Number of seeds: each recipe runs with its own seed, and with as many following ones as asked.")
    var seeds = 1

    @Option(
        help: "A trained model to start every recipe from, in place of its pre-training.", completion: .file())
    var checkpoint: String?

    @Option(
        help: ArgumentHelp(
            "Compresses every pre-training to so many epochs, its schedule in proportion.", valueName: "epochs"))
    var shorten: Int?

    @Option(help: "How the table is printed: text, markdown, latex or json.")
    var format = Format.text

    @OptionGroup var options: RecipeOptions

    @Option(help: ArgumentHelp("Where runs and tables are kept.", valueName: "folder"))
    var output = "runs/compare"

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard shorten.map({ $0 > 0 }) ?? true else { throw ValidationError("--shorten takes a number from 1 on.") }
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds takes a number from 1 to 1000.") }
    }

    func run() throws {
        var planned: [(name: String, recipe: Recipe)] = []
        for path in recipes {
            var recipe = try Recipe.load(path, overrides: options.overrides)
            if let checkpoint { recipe = try recipe.continued(from: checkpoint) }
            if let shorten { recipe = recipe.shortened(to: shorten) }
            let name = recipe.name ?? URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            guard !planned.contains(where: { $0.name == name }) else {
                throw Failure(
                    .usage, "\(path): is called \(name), like another recipe of the comparison",
                    remedy: "Give it a name of its own: name: OTHER")
            }
            planned.append((name, recipe))
        }
        try checkSameData(planned)
        // All recipes are read before the first is run, so that a mistake in the last costs no night.
        let session = RunSession(common: common, root: options.data, members: "\(output)/members")
        try common.prepare()
        var runs: [ComparedRun] = []
        for (name, recipe) in planned {
            for offset in 0..<UInt64(seeds) {
                var own = recipe
                own.seed = recipe.seed &+ offset
                let finished = try run(own, name, session)
                // The model that all begin with is the reference of every row.
                if name == planned[0].name, let start = finished.start {
                    runs.insert(start, at: runs.count { $0.recipe == start.recipe })
                }
                runs.append(finished.last)
                try write(runs, planned[0].recipe)
            }
        }
        let table = try write(runs, planned[0].recipe)
        switch common.json ? .json : format {
        case .text: print(table.plain())
        case .markdown: print(table.markdown())
        case .latex: print(table.latex())
        case .json: print(try table.json())
        }
    }

    /// One run, from where it stands.
    private func run(
        _ recipe: Recipe, _ name: String, _ session: RunSession
    ) throws(Failure) -> (start: ComparedRun?, last: ComparedRun) {
        let path = "\(output)/\(name)-seed\(recipe.seed)"
        common.sink.say("— \(name), seed \(recipe.seed)")
        let run = try session.continued(recipe, at: path)
        guard let model = run.models().last else {
            throw Failure(.checkpoint, "\(path): no stage is finished")
        }
        let test = try TestSplit.open(recipe.data, root: options.data)
        func compared(_ name: String, _ model: String, seconds: Double) throws(Failure) -> ComparedRun {
            let known = try run.savedResult(model)
            let result = if let known { known } else { try run.evaluate([model], on: test)[0] }
            return ComparedRun(recipe: name, seed: recipe.seed, result: result, seconds: seconds)
        }
        let last = try compared(name, model, seconds: run.record.trainingSeconds)
        guard recipe.network.checkpoint != nil else { return (nil, last) }
        return (try compared("start", "start", seconds: 0), last)
    }

    /// The table of the runs so far, written in every form.
    @discardableResult
    private func write(_ runs: [ComparedRun], _ first: Recipe) throws(Failure) -> ReportTable {
        let counts = try TrainingData(first.data, root: options.data, seed: first.seed).counts
        let table = try ReportTable.recipes(runs, counts: counts, rule: first.evaluation.rule, seed: first.seed)
        try AtomicFile.write(table.plain(), to: "\(output)/table.txt")
        try AtomicFile.write(table.markdown(), to: "\(output)/table.md")
        try AtomicFile.write(table.latex(), to: "\(output)/table.tex")
        try AtomicFile.write(table.json(), to: "\(output)/table.json")
        return table
    }

    /// Figures on other images are no comparison.
    private func checkSameData(_ planned: [(name: String, recipe: Recipe)]) throws(Failure) {
        guard let first = planned.first else { return }
        let strange = planned.first {
            $0.recipe.data.name != first.recipe.data.name || $0.recipe.data.imbalance != first.recipe.data.imbalance
                || $0.recipe.data.profile != first.recipe.data.profile
        }
        guard let strange else { return }
        throw Failure(
            .usage, "\(strange.name) and \(first.name) train on other images (data.name, imbalance or profile)",
            remedy: "Compare recipes of one data set; --set data.imbalance=… sets it for all.")
    }
}
