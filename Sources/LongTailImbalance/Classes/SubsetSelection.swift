import LongTailBasics

/// Which images of a class a long-tailed profile keeps.
public enum SubsetSelection: String, Codable, Sendable, CaseIterable {
    /// The first n_c in record order; the list is in record order.
    case first
    /// n_c drawn with the run's seed; the list is in record order.
    case seeded
    /// The official code's draw (Cui et al. 2019 and followers): numpy's legacy generator seeded once with 0, each
    /// class's positions shuffled in turn, the first n_c kept; the list is class by class in shuffled order.
    case numpy0 = "numpy-0"

    /// The positions of the kept images.
    ///
    /// - Parameters:
    ///   - labels: The label of every record, in record order.
    ///   - counts: Images to keep per class.
    ///   - seed: Used by `seeded` only.
    /// - Throws: When a label is out of range or a class has fewer images than asked for.
    public func kept(labels: [Int], counts: [Int], seed: UInt64) throws(LongTailError) -> [Int] {
        let members = try indicesByClass(labels, classCount: counts.count)
        for (label, count) in counts.enumerated() where !(0...members[label].count).contains(count) {
            throw LongTailError(
                .data, "class \(label) has \(members[label].count) images, so \(count) cannot be kept",
                remedy: "Give a smaller maximum for the largest class.")
        }
        switch self {
        case .first:
            return zip(members, counts).flatMap { $0.prefix($1) }.sorted()
        case .seeded:
            var kept: [Int] = []
            for (label, count) in counts.enumerated() {
                var shuffled = members[label]
                var random = CounterRandom(seed: seed, purpose: .selection, epoch: label)
                random.shuffle(&shuffled)
                kept += shuffled.prefix(count)
            }
            return kept.sorted()
        case .numpy0:
            var kept: [Int] = []
            var random = NumpyRandom(seed: 0)
            for (label, count) in counts.enumerated() {
                var shuffled = members[label]
                random.shuffle(&shuffled)
                kept += shuffled.prefix(count)
            }
            return kept
        }
    }
}
