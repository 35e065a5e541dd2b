import LongTailBasics

/// A class's share of the data: many, medium or few images.
public enum ShotGroup: String, Codable, Sendable, CaseIterable {
    case many, medium, few
}

/// How classes are sorted into many, medium and few.
public enum ShotGroupRule: Codable, Sendable, Equatable {
    /// More than 100 images, 20 to 100, under 20: the rule of most papers.
    case threshold
    /// The first `many` classes by frequency, the next `medium`, and the rest (36 and 35 on CIFAR-100-LT).
    case fixed(many: Int, medium: Int)
}

extension ClassCounts {
    /// The group of every class, in label order.
    ///
    /// - Throws: When a fixed rule asks for more classes than there are.
    public func groups(_ rule: ShotGroupRule = .threshold) throws(LongTailError) -> [ShotGroup] {
        switch rule {
        case .threshold: return counts.map { $0 > 100 ? .many : $0 < 20 ? .few : .medium }
        case .fixed(let many, let medium):
            // Compared one by one, so that the sum of hostile numbers cannot overflow.
            guard (0...classCount).contains(many), (0...classCount - many).contains(medium) else {
                throw LongTailError(
                    .usage, "groups of \(many) and \(medium) classes do not fit into \(classCount) classes",
                    remedy: "Give sizes of at least 0 that add up to at most \(classCount).")
            }
            var groups = [ShotGroup](repeating: .few, count: classCount)
            for (rank, label) in order.enumerated() where rank < many + medium {
                groups[label] = rank < many ? .many : .medium
            }
            return groups
        }
    }
}
