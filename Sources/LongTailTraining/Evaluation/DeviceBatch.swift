import LongTailTorch

/// A batch of one input, where the network is.
public struct DeviceBatch {
    /// N×3×H×W float32 of each view, normalised.
    public let views: [Tensor]
    /// N class indices, int64.
    public let targets: Tensor
    /// The same in host memory.
    public let labels: [Int]
    /// Each image's position in the data set.
    public let indices: [Int]

    /// The first view.
    public var images: Tensor { views[0] }
}
