import LongTailBasics

/// The classes of the largest scores of every image, best first, the lowest label among equals.
package struct TopClasses: Sendable {
    /// The most classes that are kept of an image.
    package static let limit = 5

    /// How many are kept of an image: fewer where there are fewer classes.
    package let width: Int
    /// N×width labels, row-major.
    package private(set) var labels: [Int32] = []
    /// N×width scores, row-major.
    package private(set) var scores: [Float] = []

    /// None yet, of so many classes.
    package init(classes: Int) { width = min(Self.limit, classes) }

    /// Adds an image by its scores, one a class, none of which is NaN.
    package mutating func add(_ row: UnsafeBufferPointer<Float>) {
        let start = labels.count
        let end = start + width
        for (label, score) in row.enumerated() {
            if labels.count < end {
                labels.append(0)
                scores.append(0)
            } else if score <= scores[end - 1] {
                continue
            }
            var place = labels.count - 1
            while place > start, scores[place - 1] < score {
                (labels[place], scores[place]) = (labels[place - 1], scores[place - 1])
                place -= 1
            }
            (labels[place], scores[place]) = (Int32(truncatingIfNeeded: label), score)
        }
    }

    /// The best label of every image.
    package var best: [Int32] { stride(from: 0, to: labels.count, by: max(1, width)).map { labels[$0] } }
    /// The best score of every image.
    package var bestScores: [Float] { stride(from: 0, to: scores.count, by: max(1, width)).map { scores[$0] } }

    /// The classes behind the best one; nil where there is one class.
    ///
    /// - Parameter withScores: Whether their scores are kept.
    package func further(withScores: Bool = true) throws(LongTailError) -> FurtherClasses? {
        guard width > 1 else { return nil }
        let places = labels.indices.filter { $0 % width > 0 }
        return try FurtherClasses(
            width: width - 1, labels: places.map { labels[$0] }, scores: withScores ? places.map { scores[$0] } : nil)
    }
}
