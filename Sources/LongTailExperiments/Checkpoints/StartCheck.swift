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
    /// The mean over the classes looked at of the share that was recognised: no class counts for more than another.
    package let recall: Double
    /// What a network that does not look at its images would have on average, and the deviation of that.
    private let chance: (recall: Double, deviation: Double)
    /// The order in which the classifier seems to have the classes.
    package let order: HeadOrder
    let predictions: PredictionTable

    /// Whether so high a recall can hardly be luck: more than chance and two standard deviations of it.
    ///
    /// Chance is a network that names each class as often as this one, whatever it is shown.
    package var isBetterThanChance: Bool { recall > chance.recall + 2 * chance.deviation }

    /// As in "recognises 13 of 21 training images of 6 classes".
    package var words: String { "recognises \(hits) of \(images) training images of \(classes) classes" }

    /// The same in the best order of classes, with a word on it where it is another than the data's.
    package var wordsInOrder: String {
        let hits = predictions.targets.indices.count {
            Int(predictions.predicted[$0]) == order.rows[Int(predictions.targets[$0])]
        }
        return "recognises \(hits) of \(images)"
            + (order.source == .data ? "" : ", its classes in \(order.source.rawValue)")
    }

    /// What predictions on labelled images say.
    init(_ predictions: PredictionTable) {
        let classes = predictions.classNames.count
        var (totals, right) = ([Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes))
        for (target, predicted) in zip(predictions.targets, predictions.predicted) {
            totals[Int(target)] += 1
            if target == predicted { right[Int(target)] += 1 }
        }
        let present = totals.indices.filter { totals[$0] > 0 }
        // How often each class is named, when every class is shown equally often.
        var named = [Double](repeating: 0, count: classes)
        for (target, predicted) in zip(predictions.targets, predictions.predicted) {
            named[Int(predicted)] += 1 / (totals[Int(target)] * Double(present.count))
        }
        let count = Double(max(1, present.count))
        recall = present.reduce(0) { $0 + right[$1] / totals[$1] } / count
        let variance = present.reduce(0) { $0 + named[$1] * (1 - named[$1]) / totals[$1] }
        chance = (present.reduce(0) { $0 + named[$1] } / count, max(0, variance).squareRoot() / count)
        (images, hits) = (predictions.targets.count, Int(right.reduce(0, +)))
        (self.classes, self.predictions) = (classes, predictions)
        order = HeadOrder(predictions)
    }

    /// The recall in the best order of classes, on images that it was not found from.
    var recallInOrder: Double { order.recallAfter }

    /// Which training images are looked at: as many of each class where there are so many, at least four for an order to be
    /// found, and no more than `limit` in all unless every class has too few then.
    package static func sample(_ data: TrainingData, limit: Int = 2048) throws(LongTailError) -> SubsetDataset {
        let classes = data.counts.classCount
        let each = max(1, min(max(4, 256 / max(1, classes)), limit / max(1, classes)))
        var places = [[Int]](repeating: [], count: classes)
        for (index, label) in data.dataset.labels.enumerated() where places[label].count < each {
            places[label].append(index)
        }
        let stride = (classes + limit - 1) / limit
        return try SubsetDataset(
            data.dataset, indices: places.indices.filter { $0 % stride == 0 }.flatMap { places[$0] })
    }

    /// Runs a network over images, prepared as the recipe says.
    ///
    /// Broken images are passed over where the recipe passes over them; `passed` hears which.
    package static func measure(
        _ network: Network, _ recipe: Recipe, on images: any Dataset, passed: ([Int: String]) -> Void = { _ in }
    ) throws(LongTailError) -> StartCheck {
        var evaluator = Evaluator(recipe)
        evaluator.broken = recipe.data.brokenImages
        return StartCheck(try evaluator(network, on: images, passed: passed).predictions)
    }

    /// Whether this one's recall, each in its best order, is above another's on the same images with a 95 % interval above
    /// zero.
    func isBetter(than other: StartCheck) -> Bool {
        var (gain, variance) = (0.0, 0.0)
        var totals = [Double](repeating: 0, count: classes)
        for target in predictions.targets { totals[Int(target)] += 1 }
        for index in predictions.targets.indices {
            let target = Int(predictions.targets[index])
            let now = Int(predictions.predicted[index]) == order.rows[target]
            let before = Int(other.predictions.predicted[index]) == other.order.rows[target]
            guard now != before else { continue }
            gain += (now ? 1 : -1) / totals[target]
            variance += 1 / (totals[target] * totals[target])
        }
        return gain > 1.96 * variance.squareRoot()
    }
}
