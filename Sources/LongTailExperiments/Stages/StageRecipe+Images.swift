import LongTailBasics
import LongTailImbalance
import LongTailTraining
import LongTailVision

extension StageRecipe {
    /// Positions of the training images that the method wants; all of them for most.
    func positions(of data: TrainingData) throws(LongTailError) -> [Int] {
        guard let classes = try passing(type(of: method).name, { try method.classes(of: data.counts) }) else {
            return Array(0..<data.dataset.count)
        }
        let wanted = Set(classes)
        return data.dataset.labels.indices.filter { wanted.contains(data.dataset.labels[$0]) }
    }

    /// The training images that the method wants, and how many there are of each class.
    func images(of data: TrainingData) throws(LongTailError) -> (images: any Dataset, counts: ClassCounts) {
        let positions = try positions(of: data)
        guard positions.count < data.dataset.count else { return (data.dataset, data.counts) }
        let images = try SubsetDataset(data.dataset, indices: positions)
        return (images, try ClassCounts(names: data.counts.names, labels: images.labels))
    }

    /// Optimiser steps and visited images of an epoch over so many images.
    func epochSize(images: Int) throws(LongTailError) -> (steps: Int, visits: Int) {
        guard let method = method as? any TrainedMethod else { return (0, 0) }
        let steps = try training.steps(of: images, stage: name) + method.extraSteps
        // A shuffled pass visits every image once; others fill their batches.
        return (steps, training.sampler == .shuffled && !training.dropLast ? images : steps * training.batchSize)
    }
}
