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
        let (images, counts, isAll) = try preparation.pictures()
        for note in preparation.notes where !isAll || !note.hasPrefix("no test pictures") { sink.say(note) }
        let progress = ProgressReporter("testing", total: images.count, unit: "images", sink: sink)
        var evaluator = Evaluator(recipe)
        evaluator.team = crew?.team
        try crew?.evaluate(start, preparation, listHash: images.listHash)
        let found = try evaluator(
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
}

extension Preparation {
    /// The test pictures, or where they would only be held out all pictures.
    func pictures() throws(LongTailError) -> (images: any Dataset, counts: ClassCounts, isAll: Bool) {
        var whole = recipe.data
        whole.lists.testFraction = 0
        guard whole.name.isListed else { return (test, data.counts, false) }
        let all = try TrainingData(whole, root: root, seed: recipe.seed)
        guard all.dataset.count > data.dataset.count else { return (test, data.counts, false) }
        return (all.dataset, all.counts, true)
    }
}

extension Crew {
    /// Brings the others to the evaluation of a model that has no run.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - preparation: What says on which pictures.
    ///   - listHash: Those pictures.
    fileprivate func evaluate(
        _ model: Checkpoint, _ preparation: Preparation, listHash: String
    ) throws(LongTailError) {
        let desk = try ScratchFolder()
        defer { desk.remove() }
        let (recipe, weights) = (desk.path("recipe.yaml"), desk.path("model.safetensors"))
        try AtomicFile.write(preparation.recipe.yaml, to: recipe)
        try model.write(to: weights)
        try begin(recipe: recipe, root: preparation.root)
        try give(.evaluation(.pictures, asProbabilities: true, listHash: listHash), [weights])
    }
}
