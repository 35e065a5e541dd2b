import LongTailBasics
import LongTailImbalance
import LongTailVision

/// One stream of batches of a stage: in which order images come, and what each of them goes through.
public struct BatchStream {
    /// The order of an epoch; every input of a stage has as many batches.
    public var sampler: any Sampler
    /// The views of an image, each with draws of its own.
    public var views: [Transform]

    /// A stream.
    public init(sampler: any Sampler, views: [Transform]) { (self.sampler, self.views) = (sampler, views) }
}

/// The images of a stage, as a method's inputs are told of them.
public struct StageImages {
    /// The class of each.
    public let labels: [Int]
    /// Number of classes.
    public let classCount: Int
    /// Indices of an epoch.
    public let length: Int
    /// Height and width of an image after the recipe's augmentation, in pixels.
    public let size: ImageSize

    /// A sampler that draws a class first, independent of the stage's own.
    public func partner(_ draw: ClassDraw) throws(LongTailError) -> any Sampler {
        try ClassDrawSampler(
            labels: labels, classCount: classCount, draw: draw, length: length, purpose: .partner)
    }
}
