/// What those who watch a training answer to an event of it.
public enum TrainingAnswer: Sendable {
    /// Training goes on.
    case `continue`
    /// Training ends here; a run is left as a killed one would be, and can be resumed.
    case stop
}

/// What a training tells those who watch it, and asks whether to go on.
public enum TrainingEvent: Sendable {
    /// A stage begins.
    case stage(name: String, trained: Int, frozen: Int, steps: Int)
    /// A member of a BTM stage begins; `images` is the size of its subset.
    case member(Int, of: Int, images: Int)
    /// A step is done.
    case step(Step)
    /// An epoch is done.
    case epoch(Epoch)
    /// A sentence for the log.
    case note(String)

    /// One optimiser step.
    public struct Step: Sendable {
        /// Epoch from 0.
        public let epoch: Int
        /// Epochs in all.
        public let epochs: Int
        /// Step of the epoch, from 0.
        public let step: Int
        /// Steps of an epoch.
        public let steps: Int
        /// Images of the step.
        public let images: Int
        /// Images of an epoch.
        public let epochImages: Int
    }

    /// One pass.
    public struct Epoch: Sendable {
        public let stage: String
        /// The member of a BTM stage.
        public let member: Int?
        /// Epoch from 0.
        public let epoch: Int
        /// Epochs in all.
        public let epochs: Int
        /// Mean training loss.
        public let loss: Double
        /// Learning rate.
        public let rate: Double
        /// Training images a second.
        public let imagesPerSecond: Double
        /// Where the time went.
        public let time: Time
        /// All of it, seconds.
        public let seconds: Double
        /// The share of the time that was spent waiting for images, from 0 to 1.
        public var waitingShare: Double { min(1, time.waiting / seconds) }
    }

    /// Seconds of an epoch, by what they were spent on.
    public struct Time: Sendable {
        /// Waiting for batches.
        public var waiting = 0.0
        /// Making tensors of them.
        public var input = 0.0
        /// Forward and backward.
        public var network = 0.0
        /// The optimiser's step.
        public var update = 0.0

        /// Nothing spent yet.
        package init() {}
    }
}
