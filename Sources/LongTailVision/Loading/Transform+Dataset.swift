import LongTailBasics

extension Transform {
    /// The sides of every picture that comes out for a data set; throws as `outputSize(of:from:)`.
    public func outputSize(for dataset: any Dataset) throws(LongTailError) -> ImageSize {
        try outputSize(of: dataset.name, from: dataset.nativeSize)
    }
}
