import Basics
import Foundation
import LongTail
import Serialization
import Vision

/// The check of a checkpoint's classifier against labelled images.
struct HeadCheck {
    let checkpoint: String
    let recipe: String?
    let options: RecipeOptions
    let order: ClassOrder.Rule?
    let imagesPerClass: Int
    let output: String?
    let common: CommonOptions

    func run() throws(Failure) {
        let file = try ModelFile.read(checkpoint)
        let imported = try ImportedWeights(file, path: checkpoint)
        let match = try NetworkMatch(imported, path: checkpoint)
        let recipe = try findRecipe(file)
        let data = try TrainingData(recipe.data, root: options.data, seed: recipe.seed)
        let counts = data.counts.counts
        if case .safeTensors = file, let own = try? Checkpoint.read(checkpoint) {
            try own.check(classNames: data.counts.names, listHash: nil, path: checkpoint)
        }
        guard match.classes == counts.count else {
            throw Failure(
                .checkpoint,
                "\(checkpoint): its classifier has \(match.classes ?? 0) classes, the data have \(counts.count)",
                remedy: "Give the recipe of the data that the checkpoint was trained on.")
        }
        let rule = order ?? (imported.layout.sortsClasses && !match.design.name.isForSmallImages ? .numpy1 : .list)
        let weights: StateDict
        do throws(Failure) { weights = try match.plan.apply() } catch { throw error.at(checkpoint) }
        let ranked = try HeadOrder.reordered(weights, rows: ClassOrder(counts, rule).ranks)

        let info = Checkpoint.Info(
            match.design, classNames: data.counts.names, listHash: nil, stage: "doctor")
        let found = try look(Checkpoint(info: info, weights: ranked), data, recipe)
        show(found, rule, counts)
        guard let output else { return }
        try Checkpoint(info: info, weights: HeadOrder.reordered(ranked, rows: found.rows)).write(to: output)
        print("written: \(output)")
    }

    /// Predicts images of the classes that share their count with another.
    private func look(_ model: Checkpoint, _ data: TrainingData, _ recipe: Recipe) throws(Failure) -> HeadOrder {
        let tied = Set(ClassOrder.ties(data.counts.counts).joined())
        var left = [Int](repeating: imagesPerClass, count: data.counts.classCount)
        var indices: [Int] = []
        for (index, label) in data.dataset.labels.enumerated() where tied.contains(label) && left[label] > 0 {
            left[label] -= 1
            indices.append(index)
        }
        let images = try SubsetDataset(data.dataset, indices: indices)
        let progress = ProgressReporter("predicting", total: images.count, unit: "images", sink: common.sink)
        let evaluator = Evaluator(batchSize: recipe.evaluation.batchSize, precision: recipe.evaluation.precision)
        guard !indices.isEmpty else {
            return try HeadOrder(
                data.counts.counts,
                PredictionTable(classNames: data.counts.names, targets: [], predicted: [], confidence: []))
        }
        let predictions = try evaluator(model.makeNetwork(), on: images) {
            progress.advance(to: $0)
        }.predictions
        progress.finish()
        return try HeadOrder(data.counts.counts, predictions)
    }

    private func findRecipe(_ file: ModelFile) throws(Failure) -> Recipe {
        if let recipe { return try Recipe.load(recipe, overrides: options.overrides) }
        if case .safeTensors = file, let text = try? Checkpoint.read(checkpoint).info.recipe {
            return try Recipe.parse(text, file: "\(checkpoint) (its recipe)", overrides: options.overrides)
        }
        throw Failure(
            .usage, "\(checkpoint): does not say on which data it was trained", remedy: "Name them with --recipe FILE.")
    }

    private func show(_ found: HeadOrder, _ rule: ClassOrder.Rule, _ counts: [Int]) {
        let groups = ClassOrder.ties(counts)
        let tied = groups.reduce(0) { $0 + $1.count }
        func share(_ hits: Int) -> String {
            found.images == 0 ? "none" : String(format: "%.2f %%", 100 * Double(hits) / Double(found.images))
        }
        print("order read: \(rule.rawValue)")
        print("classes of equal count: \(tied) of \(counts.count), in \(groups.count) groups")
        print("images looked at: \(found.images)")
        print("right as it stands: \(share(found.hitsBefore))")
        print("right after an exchange within the groups: \(share(found.hitsAfter))")
        print("classes that move: \(found.moved)")
        if groups.isEmpty { print("No two classes have the same count, so the order of ties does not matter.") }
    }
}
