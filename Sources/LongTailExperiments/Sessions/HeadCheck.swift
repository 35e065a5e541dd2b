import Foundation
import LongTailBasics
import LongTailFiles
import LongTailImbalance
import LongTailSerialization
import LongTailTraining
import LongTailVision

/// A checkpoint's classifier against labelled images.
package struct HeadCheck {
    /// How classes are ordered in the checkpoint.
    package let rule: ClassOrder.Rule
    /// Images per class.
    package let counts: [Int]
    /// What was found.
    package let order: HeadOrder
    /// The classes that the file states.
    private let stated: [StatedClasses]
    /// What a file says of its pictures; the recipe has the last word.
    private let config: ModelConfig?
    private let info: Checkpoint.Info
    private let weights: StateDict

    /// The checkpoint with its classifier in the data's order.
    package func reordered() throws(LongTailError) -> Checkpoint {
        try Checkpoint(info: info, weights: HeadOrder.reordered(weights, rows: order.rows))
    }

    /// What was found, a line each.
    package var lines: [String] {
        let tied = ClassOrder.ties(counts).reduce(0) { $0 + $1.count }
        func share(_ recall: Double) -> String { String(format: "%.2f %%", 100 * recall) }
        let said =
            stated.map { "classes: \($0.summary)" } + [config?.summary.map { "stated: \($0)" }].compactMap(\.self)
        return said + [
            "order read: \(rule.rawValue)", "images looked at: \(order.images)",
            "mean recall as it stands: \(share(order.recallBefore))",
            "mean recall in \(order.source.rawValue): \(share(order.recallAfter))",
            "classes that move: \(order.moved)",
        ] + (tied > 0 && rule != .list ? ["classes of equal count, whose order is not sure: \(tied)"] : [])
            + order.rows.enumerated().filter { $0.element != $0.offset }.prefix(20).map {
                "  '\(info.classNames[$0.offset])' stands in the place of '\(info.classNames[$0.element])'"
            }
    }

    fileprivate init(
        _ rule: ClassOrder.Rule, _ counts: [Int], _ order: HeadOrder, _ match: NetworkMatch, _ model: Checkpoint
    ) {
        (self.rule, self.counts, self.order) = (rule, counts, order)
        (stated, config) = (match.imported.classes, match.config)
        (info, weights) = (model.info, model.weights)
    }
}

extension Session {
    /// Compares the order of a checkpoint's classifier with labelled training images.
    ///
    /// - Parameters:
    ///   - checkpoint: The file.
    ///   - recipe: The recipe of its data; its own when nil.
    ///   - overrides: `key.path=value` texts.
    ///   - root: The folder of the data set.
    ///   - rule: The order of classes in the checkpoint; nil goes by its layout and network.
    ///   - imagesPerClass: Images of each class that are looked at.
    package func checkHead(
        _ checkpoint: String, recipe: String? = nil, overrides: [String] = [], root: String?,
        rule: ClassOrder.Rule? = nil, imagesPerClass: Int = 20
    ) throws(LongTailError) -> HeadCheck {
        let file = try Checkpoint.openFile(checkpoint)
        let match = try NetworkMatch(file, checkpoint, overrides, parts: registry.parts)
        let imported = match.imported
        let own = try Checkpoint.info(of: file, checkpoint)
        let recipe = try headRecipe(checkpoint, own, recipe, overrides)
        let data = try TrainingData(recipe.data, root: root, seed: recipe.seed)
        let counts = data.counts.counts
        try own?.check(classNames: data.counts.names, listHash: nil, path: checkpoint)
        guard match.classes == counts.count else {
            throw LongTailError(
                .checkpoint,
                "\(checkpoint): its classifier has \(match.classes ?? 0) classes, the data have \(counts.count)",
                remedy: "Give the recipe of the data that the checkpoint was trained on.")
        }
        let rule = rule ?? (imported.layout.sortsClasses && !match.design.name.isForSmallImages ? .numpy1 : .list)
        let weights: StateDict
        do throws(LongTailError) { weights = try match.plan.apply() } catch { throw error.at(checkpoint) }
        let ranked = try HeadOrder.reordered(weights, rows: ClassOrder(counts, rule).ranks)
        let info = Checkpoint.Info(match.design, classNames: data.counts.names, listHash: nil, stage: "doctor")
        let model = Checkpoint(info: info, weights: ranked)
        return HeadCheck(rule, counts, try look(model, data, recipe, imagesPerClass), match, model)
    }

    /// Predicts images of every class.
    private func look(
        _ model: Checkpoint, _ data: TrainingData, _ recipe: Recipe, _ imagesPerClass: Int
    ) throws(LongTailError) -> HeadOrder {
        var left = [Int](repeating: imagesPerClass, count: data.counts.classCount)
        var indices: [Int] = []
        for (index, label) in data.dataset.labels.enumerated() where left[label] > 0 {
            left[label] -= 1
            indices.append(index)
        }
        let images = try SubsetDataset(data.dataset, indices: indices)
        let progress = ProgressReporter("predicting", total: images.count, unit: "images", sink: sink)
        var evaluator = Evaluator(recipe)
        evaluator.broken = recipe.data.brokenImages
        let predictions = try evaluator(
            model.makeNetwork(recipe.words), on: images, tell: { progress.advance(to: $0) },
            passed: { tellPassed($0, of: images) }
        ).predictions
        progress.finish()
        return HeadOrder(predictions)
    }

    private func headRecipe(
        _ checkpoint: String, _ own: Checkpoint.Info?, _ recipe: String?, _ overrides: [String]
    ) throws(LongTailError) -> Recipe {
        if let recipe { return try Recipe.load(recipe, overrides: overrides, registry: registry) }
        if let text = own?.recipe {
            return try Recipe.parse(text, file: "\(checkpoint) (its recipe)", overrides: overrides, registry: registry)
        }
        throw LongTailError(
            .usage, "\(checkpoint): does not say on which data it was trained",
            remedy: "Name them with \(Wording.option("recipe", "FILE")).")
    }
}
