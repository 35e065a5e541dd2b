import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailPredictions
import LongTailReporting
import LongTailTraining
import LongTailVision

extension Session {
    /// What a trained model does on pictures, before anything is done to it.
    ///
    /// The test pictures are looked at where the data have some of their own, else all pictures are.
    ///
    /// - Parameters:
    ///   - path: A checkpoint of any kind that is understood.
    ///   - root: The folder of the data set.
    ///   - recipe: The recipe of the data; the built-in one for a folder of pictures by default.
    ///   - overrides: `key.path=value` texts.
    ///   - output: A folder for predictions and report; nil to write none.
    public func evaluate(
        model path: String, on root: String, recipe: String = "folder", overrides: [String] = [], output: String? = nil
    ) throws(LongTailError) -> Evaluation {
        let preparation = try Preparation(
            balancing: path, recipe: recipe, overrides: overrides, root: root, registry: registry)
        guard let start = preparation.start else { throw LongTailError(.checkpoint, "\(path): holds no weights") }
        let recipe = preparation.recipe
        let (images, counts, isAll) = try images(of: preparation)
        for note in preparation.notes where !isAll || !note.hasPrefix("no test pictures") { sink.say(note) }
        let progress = ProgressReporter("testing", total: images.count, unit: "images", sink: sink)
        let found = try Evaluator(recipe)(
            start.makeNetwork(recipe.words), on: images, tell: { progress.advance(to: $0) })
        progress.finish()
        let name = Path(path).name
        let order = HeadOrder(found.predictions)
        let doubt =
            order.source == .data
            ? []
            : [
                "Its classes seem to be in another order than the data's (\(order.source.rawValue), \(order.moved) move): "
                    + Wording.plain("see \(Wording.command("btm")) and \(Wording.option("classes")).")
            ]
        let report = try RunReport(
            title: name, command: command.map(shellQuoted).joined(separator: " "), recipe: recipe.yaml,
            models: [ComparedModel(name: name, report: found.report, predictions: found.predictions)], counts: counts,
            rule: recipe.evaluation.rule, worst: recipe.evaluation.worst,
            notes: (isAll ? ["Measured on all pictures, because no test pictures are named."] : []) + doubt,
            seed: recipe.seed)
        let result = TestResult(name: name, report: found.report, predictions: found.predictions)
        if let layout = output.map({ RunLayout($0) }) {
            try PredictionFile(result, counts: counts).write(to: layout.predictions(name))
            try write(report, layout)
        }
        return Evaluation(report: report, results: [result])
    }

    /// The test pictures, or where they would only be held out all pictures.
    private func images(
        of preparation: Preparation
    ) throws(LongTailError) -> (images: any Dataset, counts: ClassCounts, isAll: Bool) {
        var whole = preparation.recipe.data
        whole.lists.testFraction = 0
        guard whole.name.isListed else { return (preparation.test, preparation.data.counts, false) }
        let all = try TrainingData(whole, root: preparation.root, seed: preparation.recipe.seed)
        guard all.dataset.count > preparation.data.dataset.count else {
            return (preparation.test, preparation.data.counts, false)
        }
        return (all.dataset, all.counts, true)
    }
}
