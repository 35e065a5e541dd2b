import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailTraining
import LongTailVision

/// Whether a trained classifier knows the classes of the data, in their order: measured on training images before
/// anything is trained.
package struct StartCheck: Sendable {
    /// Images looked at.
    package let images: Int
    /// Those that the network recognised.
    package let hits: Int
    package let classes: Int

    /// Share of recognised images.
    package var accuracy: Double { Double(hits) / Double(max(1, images)) }

    /// Whether so many hits can hardly be luck: more than chance and two standard deviations of it.
    package var isBetterThanChance: Bool {
        let chance = 1 / Double(max(1, classes))
        let deviation = (chance * (1 - chance) * Double(images)).squareRoot()
        return Double(hits) > chance * Double(images) + 2 * deviation
    }

    /// What was counted elsewhere.
    package init(images: Int, hits: Int, classes: Int) {
        (self.images, self.hits, self.classes) = (images, hits, classes)
    }

    /// Runs the starting weights over about `limit` images, as many of each class where there are so many: a network
    /// that always names one class is right by chance alone.
    ///
    /// Broken images are passed over where the recipe passes over them; `passed` hears which.
    package static func measure(
        _ start: Checkpoint, _ recipe: Recipe, _ data: TrainingData, limit: Int = 256,
        passed: ([Int: String]) -> Void = { _ in }
    ) throws(LongTailError) -> StartCheck {
        let network = try start.makeNetwork(recipe.words)
        let classes = data.counts.classCount
        let each = max(1, limit / max(1, classes))
        var places = [[Int]](repeating: [], count: classes)
        for (index, label) in data.dataset.labels.enumerated() where places[label].count < each {
            places[label].append(index)
        }
        let stride = max(1, classes / max(1, limit))
        let indices = places.indices.filter { $0 % stride == 0 }.flatMap { places[$0] }
        var evaluator = Evaluator(recipe)
        evaluator.broken = recipe.data.brokenImages
        let report = try evaluator(network, on: data.dataset, at: indices, passed: passed).report
        return StartCheck(
            images: indices.count, hits: Int((report.accuracy * Double(indices.count)).rounded()), classes: classes)
    }

    /// Refuses a classifier that does no better than chance.
    ///
    /// - Parameter path: The checkpoint, for the message.
    package func require(_ path: String) throws(LongTailError) {
        guard !isBetterThanChance else { return }
        throw LongTailError(
            .checkpoint,
            "\(path): recognises \(hits) of \(images) training images among \(classes) classes, which is no better than "
                + "chance: its classes are in another order, or it was trained on something else",
            remedy: "Name the order of its classes with \(Wording.option("classes", "FILE")), one folder name a line; "
                + "or go on all the same with \(Wording.option("unchecked")).")
    }
}
