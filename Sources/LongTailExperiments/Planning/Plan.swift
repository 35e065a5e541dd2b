import LongTailVision

/// What a recipe will cost, before anyone waits for it: counted where it can be counted, measured for a few steps where
/// it cannot.
package struct Plan: Encodable, Sendable {
    /// One stage.
    package struct Stage: Encodable, Sendable {
        /// The stage's name and kind.
        package let name, kind: String
        /// Networks trained: the members of a BTM stage, else 1.
        package let members: Int
        /// Images of an epoch's pass: the training set, or a member's subset.
        package let images: Int
        /// Optimiser steps of an epoch, of one member.
        package let stepsPerEpoch: Int
        /// Epochs of each member.
        package let epochs: Int
        /// The learning rate over them, in words.
        package let rate: String
        /// Optimiser steps of the stage, all members.
        package let steps: Int
        /// Elements of trained and of frozen parameters.
        package let trainedParameters, frozenParameters: Int
        /// Training images a second, as measured.
        package let imagesPerSecond: Double
        /// Seconds of training, all members.
        package let trainingSeconds: Double
        /// Seconds in which the merge measures members; 0 unless it asks for recalls.
        package let mergingSeconds: Double
        /// Bytes at the most.
        package let memory: Memory
        /// Bytes of the checkpoint that it leaves.
        package let checkpointBytes: Int

        private enum CodingKeys: String, CodingKey {
            case name, kind, members, images, epochs, rate, steps, memory
            case stepsPerEpoch = "steps-per-epoch"
            case trainedParameters = "trained-parameters"
            case frozenParameters = "frozen-parameters"
            case imagesPerSecond = "images-per-second"
            case trainingSeconds = "training-seconds"
            case mergingSeconds = "merging-seconds"
            case checkpointBytes = "checkpoint-bytes"
        }
    }

    /// Bytes of a training step.
    package struct Memory: Encodable, Sendable {
        /// Weights and running statistics.
        package let weights: Int
        /// Gradients and momentum of what is trained.
        package let optimizer: Int
        /// Everything else at the highest moment of the probe: activations, batches, work space; nil where the system
        /// does not tell.
        package let activations: Int?
    }

    /// Bytes on the disk.
    package struct Disk: Encodable, Sendable {
        /// The start's and every stage's checkpoint.
        package let checkpoints: Int
        /// Members of BTM stages that are kept.
        package let members: Int
        /// The resume point at its largest.
        package let resume: Int
        /// All of it, and a resume point once more while it is replaced.
        package var total: Int { checkpoints + members + 2 * resume }

        private enum CodingKeys: String, CodingKey { case checkpoints, members, resume, total }

        /// Encodes the parts and their sum.
        package func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(checkpoints, forKey: .checkpoints)
            try box.encode(members, forKey: .members)
            try box.encode(resume, forKey: .resume)
            try box.encode(total, forKey: .total)
        }
    }

    /// The evaluation at a run's end.
    package struct Evaluation: Encodable, Sendable {
        /// Models that are reported on.
        package let models: Int
        /// Test images of each.
        package let images: Int
        /// Evaluated images a second, as measured.
        package let imagesPerSecond: Double
        /// Seconds.
        package let seconds: Double

        private enum CodingKeys: String, CodingKey {
            case models, images, seconds
            case imagesPerSecond = "images-per-second"
        }
    }

    /// Training images a second of the first stage's two halves alone.
    package struct Bottleneck: Encodable, Sendable {
        /// Images read, decoded and augmented; nil without the data set's files.
        package let readingPerSecond: Double?
        /// Images that the network trains on, from memory.
        package let networkPerSecond: Double
        /// Whether reading is the slower half.
        package var isReading: Bool { readingPerSecond.map { $0 < networkPerSecond } ?? false }

        private enum CodingKeys: String, CodingKey {
            case readingPerSecond = "reading-images-per-second"
            case networkPerSecond = "network-images-per-second"
        }
    }

    /// What the recipe is called.
    package let recipe: String
    /// The device and its threads.
    package let device: String
    /// Threads of libtorch.
    package let threads: Int
    /// The data set's name.
    package let data: String
    /// Whether its own files were counted and measured.
    package let hasData: Bool
    /// Classes and training images.
    package let classes, trainingImages: Int
    /// The stages, in order.
    package let stages: [Stage]
    /// The evaluation at the end.
    package let evaluation: Evaluation
    /// What limits the first stage.
    package let bottleneck: Bottleneck
    /// Bytes on the disk.
    package let disk: Disk
    /// Remarks, a sentence each.
    package let notes: [String]

    /// Training, merging and evaluation, in seconds.
    package var seconds: Double {
        stages.reduce(evaluation.seconds) { $0 + $1.trainingSeconds + $1.mergingSeconds }
    }

    private enum CodingKeys: String, CodingKey {
        case recipe, device, threads, data, classes, stages, evaluation, bottleneck, disk, notes, seconds
        case hasData = "has-data"
        case trainingImages = "training-images"
    }

    /// Encodes every part, and the sum of the seconds.
    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(recipe, forKey: .recipe)
        try box.encode(device, forKey: .device)
        try box.encode(threads, forKey: .threads)
        try box.encode(data, forKey: .data)
        try box.encode(hasData, forKey: .hasData)
        try box.encode(classes, forKey: .classes)
        try box.encode(trainingImages, forKey: .trainingImages)
        try box.encode(stages, forKey: .stages)
        try box.encode(evaluation, forKey: .evaluation)
        try box.encode(bottleneck, forKey: .bottleneck)
        try box.encode(disk, forKey: .disk)
        try box.encode(notes, forKey: .notes)
        try box.encode(seconds, forKey: .seconds)
    }
}
