import Foundation
import LongTailBasics
import LongTailTraining
import LongTailVision

/// What is published of a data set, for planning where its files are not at hand.
struct PublishedCounts {
    let classes: Int
    /// Training images of the largest and of the smallest class.
    let ends: ClosedRange<Int>
    /// All training images.
    let total: Int
    /// Test images.
    let test: Int

    /// Of the data set that a recipe names; nil where the files alone can tell.
    init?(_ name: DataRecipe.Name) {
        switch name {
        // Krizhevsky 2009.
        case .cifar10: self.init(10, 5000...5000, 50_000, 10_000)
        case .cifar100: self.init(100, 500...500, 50_000, 10_000)
        default:
            guard let set = name.published?.expected, set.smallest <= set.largest else { return nil }
            self.init(set.classes, set.smallest...set.largest, set.train, set.test)
        }
    }

    private init(_ classes: Int, _ ends: ClosedRange<Int>, _ total: Int, _ test: Int) {
        (self.classes, self.ends, self.total, self.test) = (classes, ends, total, test)
    }

    /// Whether the counts of single classes are known, too; else they lie on a curve.
    var isExact: Bool { ends.lowerBound == ends.upperBound }

    /// Training images per class, largest first: a Pareto tail with the published ends, of the power that gives the
    /// published total to within a class's rounding.
    func counts() -> [Int] {
        guard !isExact else { return Array(repeating: ends.upperBound, count: classes) }
        // The larger the power, the slower the fall and the larger the total.
        var (low, high) = (0.05, 100.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if tail(middle).reduce(0, +) > total { high = middle } else { low = middle }
        }
        var counts = tail(low)
        // What rounding left over goes to the largest classes but the first, which is at its end.
        var missing = total - counts.reduce(0, +)
        for label in 1..<max(1, classes - 1) where missing > 0 && counts[label] < counts[label - 1] {
            counts[label] += 1
            missing -= 1
        }
        return counts
    }

    private func tail(_ power: Double) -> [Int] {
        let (smallest, largest) = (Double(ends.lowerBound), Double(ends.upperBound))
        return (0..<classes).map { label in
            let position = Double(label) / Double(max(1, classes - 1))
            let size = largest * tailShare(position, power: power, end: smallest / largest)
            return min(ends.upperBound, max(ends.lowerBound, Int(size.rounded())))
        }
    }

    private func tailShare(_ position: Double, power: Double, end: Double) -> Double {
        pow(1 + position * (pow(end, -1 / power) - 1), -power)
    }
}
