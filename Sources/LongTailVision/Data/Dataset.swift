import LongTailBasics

/// Which part of a data set: the one to train on or the one to report on.
public enum DataSplit: String, Sendable, Codable, CaseIterable {
    /// Images to train on; a validation split is taken from these.
    case train
    /// Images to report on, never to choose by.
    case test
}

/// Labelled pictures, read one at a time from any thread.
public protocol Dataset: Sendable {
    /// What messages, runs and reports call it.
    var name: String { get }
    /// A name for each class, in label order.
    var classNames: [String] { get }
    /// The class of every sample, each in `classNames.indices`.
    var labels: [Int] { get }
    /// The sides of every picture, where all have the same; nil for files of any size.
    var nativeSize: ImageSize? { get }
    /// Mean and standard deviation that the network's input is normalised by.
    var normalization: Normalization { get }

    /// Sample `index`: a picture in memory, or a file with its header read, which a transform decodes.
    ///
    /// - Throws: A data or file failure that names the sample; errors of other types come through as a failure's cause.
    func source(at index: Int) throws -> ImageSource

    /// A stable id of a sample (a record number, a relative path), from which kept lists are hashed.
    func identity(of index: Int) -> String
}

extension Dataset {
    /// Number of samples.
    public var count: Int { labels.count }

    /// None, unless the data set has one.
    public var nativeSize: ImageSize? { nil }

    /// ImageNet's, unless the data set has its own.
    public var normalization: Normalization { .imageNet }

    /// Sample `index`, whoever's data set it is.
    package func passedSource(at index: Int) throws(LongTailError) -> ImageSource {
        try passing("\(name), \(identity(of: index))") { try source(at: index) }
    }

    /// Sample `index`, decoded whole.
    ///
    /// - Throws: As `source(at:)`, and a data failure when the file is damaged.
    public func image(at index: Int) throws(LongTailError) -> PixelImage { try passedSource(at: index).decoded() }

    /// Refuses an index outside the data set.
    func check(_ index: Int) throws(LongTailError) { try check(index, count: count) }

    func check(_ index: Int, count: Int) throws(LongTailError) {
        guard index >= 0, index < count else {
            throw LongTailError(.data, "\(name) has no sample \(index): it holds \(count)")
        }
    }
}
