import Foundation
import LongTailVision

/// What is said of pictures that were held out for the test by the hash of their names: how many, and, because a share
/// means little there, how many of the smallest classes.
struct HeldOutNote {
    /// The sizes that are spoken of one by one.
    private static let small = 1...5

    private let list: ImageList
    private let held: [Int]

    /// - Parameters:
    ///   - list: Everything there was.
    ///   - held: Positions of what was held out.
    init(_ list: ImageList, held: [Int]) { (self.list, self.held) = (list, held) }

    /// The sentence.
    func text(share: Double, salt: String) -> String {
        let percent = String(format: "%g", 100 * share)
        return "no test pictures are named: \(held.count) of \(list.count) pictures are held out by the hash of their "
            + "names, about \(percent) % of a class (salt '\(salt)'); \(small.map { "\($0); " } ?? "")a model that was "
            + "trained elsewhere may have seen them"
    }

    /// Of 1 picture 0 (2 classes), of 3 pictures 1 (1 class), …; nil when there is no small class.
    private var small: String? {
        var (sizes, given) = (
            [Int](repeating: 0, count: list.classNames.count), [Int](repeating: 0, count: list.classNames.count)
        )
        for label in list.labels { sizes[label] += 1 }
        for position in held { given[list.labels[position]] += 1 }
        let parts = Self.small.compactMap { size -> String? in
            let counts = sizes.indices.filter { sizes[$0] == size }.map { given[$0] }
            guard let least = counts.min(), let most = counts.max() else { return nil }
            let gave = least == most ? "\(least)" : "\(least) to \(most)"
            return "of \(size == 1 ? "1 picture" : "\(size) pictures") \(gave) (\(Self.classes(counts.count)))"
        }
        guard !parts.isEmpty else { return nil }
        let none = sizes.indices.count { sizes[$0] > 0 && given[$0] == 0 }
        let gap = none == 0 ? "" : "; \(Self.classes(none)) gave none and \(none == 1 ? "is" : "are") in no figure"
        return "small classes gave up \(parts.joined(separator: ", "))\(gap)"
    }

    private static func classes(_ count: Int) -> String { count == 1 ? "1 class" : "\(count) classes" }
}
