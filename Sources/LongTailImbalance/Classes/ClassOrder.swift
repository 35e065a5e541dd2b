import LongTailBasics

/// An order of the classes by falling training count: which class has which rank.
///
/// MiSLAS and BTM number the classes of the large sets by it, so that their classifiers' rows are in this order.
public struct ClassOrder: Sendable, Equatable {
    /// What stands first among classes of equal count.
    public enum Rule: String, Sendable, CaseIterable {
        /// The smaller label: the house's own.
        case stable
        /// What the sort of numpy before version 2 makes of the negated counts, as the authors' code calls it.
        case numpy1 = "numpy-1"
        /// No order at all: classes are as the data have them.
        case list
    }

    /// The class of each rank: the largest one first.
    public let classes: [Int]

    /// The order of classes with these training counts.
    public init(_ counts: [Int], _ rule: Rule = .stable) {
        classes =
            switch rule {
            case .stable: counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) }
            case .numpy1: NumpySort.positions(counts.map { 0 &- $0 })
            case .list: Array(counts.indices)
            }
    }

    /// The rank of each class: where a classifier in this order has the class's row.
    public var ranks: [Int] {
        var ranks = [Int](repeating: 0, count: classes.count)
        for (rank, label) in classes.enumerated() { ranks[label] = rank }
        return ranks
    }

    /// The classes that share their count with others, by count from the largest; labels ascending.
    public static func ties(_ counts: [Int]) -> [[Int]] {
        Dictionary(grouping: counts.indices) { counts[$0] }
            .filter { $0.value.count > 1 }.sorted { $0.key > $1.key }.map(\.value)
    }
}
