import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailReporting
import LongTailTraining
import LongTailVision

/// Several recipes, with several seeds, side by side.
///
/// Each recipe and seed is a run of its own under a folder. Finished runs are used again, and a stopped comparison goes
/// on where it stood.
public struct RecipeComparison {
    /// A recipe of the comparison.
    public typealias Named = (name: String, recipe: Recipe)

    /// The recipes; the others are compared with the first.
    public let recipes: [Named]
    /// Seeds of each recipe: its own and as many following ones.
    public let seeds: Int
    /// Where runs and tables are kept.
    public let folder: String

    /// Reads all recipes before the first is run, so that a mistake in the last costs no night.
    ///
    /// - Parameters:
    ///   - paths: Recipe files or names.
    ///   - overrides: `key.path=value` texts for each.
    ///   - checkpoint: A trained model that each starts from, in place of its pre-training.
    ///   - epochs: Compresses every pre-training to so many epochs.
    ///   - seeds: Number of seeds.
    ///   - folder: Where runs and tables are kept.
    ///   - registry: What a program adds to the words of recipes.
    /// - Throws: `.usage` for two recipes of one name and for recipes of different images.
    public init(
        _ paths: [String], overrides: [String] = [], checkpoint: String? = nil, shortenedTo epochs: Int? = nil,
        seeds: Int = 1, folder: String, registry: Registry = Registry()
    ) throws(LongTailError) {
        var recipes: [Named] = []
        for path in paths {
            var recipe = try Recipe.load(path, overrides: overrides, registry: registry)
            if let checkpoint { recipe = try recipe.continued(from: checkpoint) }
            if let epochs { recipe = recipe.shortened(to: epochs) }
            let name = recipe.name ?? Path(path).stem
            guard !recipes.contains(where: { $0.name == name }) else {
                throw LongTailError(
                    .usage, "\(path): is called \(name), like another recipe of the comparison",
                    remedy: "Give it a name of its own: name: OTHER")
            }
            recipes.append((name, recipe))
        }
        (self.recipes, self.seeds, self.folder) = (recipes, seeds, folder)
        try checkSameData()
    }

    /// Figures on other images are no comparison.
    private func checkSameData() throws(LongTailError) {
        guard let first = recipes.first else { throw LongTailError(.usage, "there is no recipe to compare") }
        let strange = recipes.first {
            $0.recipe.data.name != first.recipe.data.name || $0.recipe.data.imbalance != first.recipe.data.imbalance
                || $0.recipe.data.profile != first.recipe.data.profile
        }
        guard let strange else { return }
        throw LongTailError(
            .usage, "\(strange.name) and \(first.name) train on other images (data.name, imbalance or profile)",
            remedy: "Compare recipes of one data set; \(Wording.option("set", "data.imbalance=…")) sets it for all.")
    }
}

extension Session {
    /// Runs what is left of a comparison; the table is written after every run, as text, Markdown, LaTeX and JSON.
    ///
    /// - Parameters:
    ///   - comparison: The recipes.
    ///   - root: The folder of the data set.
    public func compare(recipes comparison: RecipeComparison, root: String?) throws(LongTailError) -> ReportTable {
        var table: RecipesTable?
        var known: Preparation?
        for (name, recipe) in comparison.recipes {
            for offset in 0..<UInt64(comparison.seeds) {
                var own = recipe
                own.seed = recipe.seed &+ offset
                sink.say("— \(name), seed \(own.seed)")
                let preparation = try Preparation(own, root: root, like: known)
                known = preparation
                let run = try continued(
                    preparation, at: "\(comparison.folder)/\(name)-seed\(own.seed)",
                    members: "\(comparison.folder)/members")
                var rows =
                    if let table { table } else {
                        try RecipesTable(
                            counts: preparation.data.counts, rule: recipe.evaluation.rule, seed: recipe.seed)
                    }
                // The model that all begin with is the reference of every row.
                if name == comparison.recipes[0].name, own.network.checkpoint != nil {
                    try rows.add(compared(run, ModelName.start, as: ModelName.start, preparation, seconds: 0))
                }
                try rows.add(
                    compared(run, run.model(nil), as: name, preparation, seconds: run.record.trainingSeconds))
                try write(rows.table(), to: "\(comparison.folder)/table")
                table = rows
            }
        }
        guard let table else { throw LongTailError(.usage, "there is no recipe to compare") }
        return table.table()
    }

    private func compared(
        _ run: Run, _ model: String, as name: String, _ preparation: Preparation, seconds: Double
    ) throws(LongTailError) -> ComparedRun {
        ComparedRun(
            recipe: name, seed: run.recipe.seed, result: try run.result(of: model, on: preparation.test),
            seconds: seconds)
    }

    private func write(_ table: ReportTable, to path: String) throws(LongTailError) {
        try AtomicFile.write(table.plain(), to: "\(path).txt")
        try AtomicFile.write(table.markdown(), to: "\(path).md")
        try AtomicFile.write(table.latex(), to: "\(path).tex")
        try AtomicFile.write(table.json(), to: "\(path).json")
    }
}

extension Run {
    /// What a model did on test images, by an earlier evaluation if there was one.
    func result(of model: String, on test: any Dataset) throws(LongTailError) -> TestResult {
        if let known = try savedResult(model), known.report.classNames == test.classNames { return known }
        return try evaluate([model], on: test, keeping: layout)[0]
    }
}
