import LongTailBasics

/// The classes behind the predicted one, best first, the same number for every image.
public struct FurtherClasses: Sendable, Equatable {
    /// How many there are of an image.
    public let width: Int
    /// Their labels, N×width, row-major.
    public let labels: [Int32]
    /// Their scores, N×width, row-major; nil where only their order is known.
    public let scores: [Float]?

    /// Further classes from their columns.
    ///
    /// - Throws: When the columns do not have the same number of whole rows.
    public init(width: Int, labels: [Int32], scores: [Float]? = nil) throws(LongTailError) {
        guard width > 0, labels.count % width == 0, scores.map({ $0.count == labels.count }) ?? true else {
            throw LongTailError(
                .data,
                "\(labels.count) further labels and \(scores?.count ?? labels.count) scores do not fit \(width) an image"
            )
        }
        (self.width, self.labels, self.scores) = (width, labels, scores)
    }

    /// Those of some images, in another order perhaps.
    func rows(_ order: [Int]) throws(LongTailError) -> FurtherClasses {
        let places = order.flatMap { $0 * width..<($0 + 1) * width }
        return try FurtherClasses(
            width: width, labels: places.map { labels[$0] }, scores: scores.map { scores in places.map { scores[$0] } })
    }
}
