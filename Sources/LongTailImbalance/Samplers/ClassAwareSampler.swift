import LongTailBasics

/// Classes in turn, a few images of each: the class-balanced sampling of MiSLAS's second stage.
///
/// A cyclic list of the classes and, per class, a cyclic list of its images are shuffled before use and again at each
/// wrap. A draw takes the next class, then `imagesPerDraw` consecutive images of it, repeating within the draw when
/// the class is smaller. Classes without images are left out. Source: Zhong et al. 2021 and its official code.
///
/// Deviation from the official code: there the image lists go on from epoch to epoch, as a stream; here every epoch
/// starts afresh with shuffles that depend on (seed, epoch), so that an epoch can be made without the ones before it.
public struct ClassAwareSampler: Sampler {
    /// The indices of each class that has any.
    private let images: [[Int]]
    /// Consecutive images of a class.
    public let imagesPerDraw: Int
    /// Indices in an epoch; 0 when there is no image.
    public let length: Int

    /// Makes the sampler of a labelled data set.
    ///
    /// - Parameters:
    ///   - labels: The class of every sample; a label outside 0..<`classCount` is never visited.
    ///   - classCount: Number of classes.
    ///   - imagesPerDraw: Consecutive images of a class; the official code's 4. Below 1 it counts as 1.
    ///   - length: Indices in an epoch; by default the size of the largest class times the number of classes, as in
    ///     the official code.
    public init(labels: [Int], classCount: Int, imagesPerDraw: Int = 4, length: Int? = nil) {
        var byClass = [[Int]](repeating: [], count: max(0, classCount))
        for (index, label) in labels.enumerated() where byClass.indices.contains(label) { byClass[label].append(index) }
        images = byClass.filter { !$0.isEmpty }
        self.imagesPerDraw = max(1, imagesPerDraw)
        let largest = images.map(\.count).max() ?? 0
        self.length = images.isEmpty ? 0 : max(0, length ?? largest * byClass.count)
    }

    /// `length` indices; any two classes differ by at most `imagesPerDraw`.
    public func order(epoch: Int, seed: UInt64) -> [Int] {
        var random = CounterRandom(seed: seed, purpose: .order, epoch: epoch)
        var classes = CyclicList(Array(images.indices))
        var lists = images.map(CyclicList.init)
        var order: [Int] = []
        order.reserveCapacity(length)
        while order.count < length {
            let drawn = classes.next(&random)
            for _ in 0..<min(imagesPerDraw, length - order.count) { order.append(lists[drawn].next(&random)) }
        }
        return order
    }
}
