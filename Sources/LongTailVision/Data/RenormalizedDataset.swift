import LongTailBasics

/// Another data set's images for a network that wants them normalised by other figures.
public struct RenormalizedDataset: Dataset {
    /// The data set that the images come from.
    public let base: any Dataset
    public let normalization: Normalization

    /// The images of `base` under a normalisation.
    public init(_ base: any Dataset, _ normalization: Normalization) {
        (self.base, self.normalization) = (base, normalization)
    }

    public var name: String { base.name }
    public var classNames: [String] { base.classNames }
    public var labels: [Int] { base.labels }
    public var nativeSize: ImageSize? { base.nativeSize }

    public func source(at index: Int) throws(LongTailError) -> ImageSource { try base.passedSource(at: index) }

    public func identity(of index: Int) -> String { base.identity(of: index) }
}
