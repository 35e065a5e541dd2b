import LongTailBasics

/// Some samples of another data set, in a given order; a sample may stand in it more than once.
public struct SubsetDataset: Dataset {
    /// The data set that the samples come from.
    public let base: any Dataset
    /// For each sample, its index in `base`.
    public let indices: [Int]
    /// The class of every sample.
    public let labels: [Int]

    /// Picks samples of `base`.
    ///
    /// - Throws: A data failure when an index lies outside `base`.
    public init(_ base: any Dataset, indices: [Int]) throws(LongTailError) {
        for index in indices { try base.check(index) }
        let all = base.labels
        self.base = base
        self.indices = indices
        self.labels = indices.map { all[$0] }
    }

    /// The name of `base`.
    public var name: String { base.name }
    /// The class names of `base`: a class may be empty here.
    public var classNames: [String] { base.classNames }
    /// The sides of the pictures of `base`.
    public var nativeSize: ImageSize? { base.nativeSize }
    /// The normalisation of `base`.
    public var normalization: Normalization { base.normalization }

    /// Sample `index` of the subset.
    public func source(at index: Int) throws(LongTailError) -> ImageSource {
        try check(index)
        return try base.passedSource(at: indices[index])
    }

    /// The id that the sample has in `base`.
    public func identity(of index: Int) -> String {
        indices.indices.contains(index) ? base.identity(of: indices[index]) : "\(name):\(index)"
    }
}
