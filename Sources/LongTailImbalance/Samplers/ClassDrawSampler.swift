import LongTailBasics

/// A class drawn at random, then an image of it: square-root, class-balanced, reversed and progressive sampling.
public struct ClassDrawSampler: Sampler {
    /// How an image of the drawn class is found.
    public enum Pick: String, Sendable, CaseIterable {
        /// Any image of the class, with replacement (BBN's code).
        case replacing
        /// The next of the class's shuffled images, shuffled anew when all have come (RIDE's second stage).
        case inTurn
    }

    /// The indices of each class.
    private let images: [[Int]]
    private let draw: ClassDraw
    private let pick: Pick
    private let purpose: CounterRandom.Purpose
    /// Indices in an epoch; 0 when there is no image.
    public let length: Int

    /// Makes the sampler of a labelled data set.
    ///
    /// - Parameters:
    ///   - labels: The class of every sample; a label outside 0..<`classCount` is never visited.
    ///   - classCount: Number of classes.
    ///   - draw: The probabilities of the classes.
    ///   - pick: How an image of the class is found.
    ///   - length: Indices in an epoch; by default the number of samples.
    ///   - purpose: `.partner` beside another sampler of the same stage, so that their draws are independent.
    /// - Throws: When q or β of the draw is out of range or an epoch count below 1.
    public init(
        labels: [Int], classCount: Int, draw: ClassDraw, pick: Pick = .replacing, length: Int? = nil,
        purpose: CounterRandom.Purpose = .order
    ) throws(LongTailError) {
        switch draw {
        case .power(let q): try require("the power of class frequencies", q, atLeast: -10, atMost: 10)
        case .effectiveNumber(let beta): try require("beta", beta, atLeast: 0, atMost: 1)
        case .progressive(let epochs): try require("the epochs of progressive sampling", Double(epochs), atLeast: 1)
        }
        var images = [[Int]](repeating: [], count: max(0, classCount))
        for (index, label) in labels.enumerated() where images.indices.contains(label) { images[label].append(index) }
        self.images = images
        (self.draw, self.pick, self.purpose) = (draw, pick, purpose)
        self.length = images.allSatisfy(\.isEmpty) ? 0 : max(0, length ?? labels.count)
    }

    /// `length` independent draws of a class, each with an image of it.
    public func order(epoch: Int, seed: UInt64) -> [Int] {
        guard let classes = WeightedDraw(draw.probabilities(images.map(\.count), epoch: epoch)) else { return [] }
        var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch)
        var lists = images.map(CyclicList.init)
        return (0..<length).map { _ in
            let label = classes.next(&random)
            return switch pick {
            case .replacing: images[label][random.below(images[label].count)]
            case .inTurn: lists[label].next(&random)
            }
        }
    }
}
