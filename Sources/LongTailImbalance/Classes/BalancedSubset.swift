import LongTailBasics

/// What becomes of a class with fewer than N_C images.
public enum ShortClassPolicy: String, Codable, Sendable, CaseIterable {
    /// It gives what it has, so the subset is slightly imbalanced (the paper's policy).
    case keep
    /// Its images are gone through again until there are N_C.
    case `repeat`
    /// The draw is refused.
    case refuse
}

/// N_C images of every class, drawn with a seed: what one member of BTM is fine-tuned on (the paper's section 3).
public struct BalancedSubset: Codable, Sendable, Equatable {
    /// A class that had fewer than N_C images.
    public struct ShortClass: Codable, Sendable, Equatable {
        /// Its label.
        public let label: Int
        /// The images it has.
        public let have: Int
    }

    /// Which of the N_D subsets this is, from 0.
    public let member: Int
    /// N_C as asked for.
    public let imagesPerClass: Int
    /// Positions in the training set, class by class in drawn order; repeated ones only under `repeat`.
    public let indices: [Int]
    /// The classes that fell short, by label.
    public let shortClasses: [ShortClass]

    /// Draws one subset; draws of different members are independent, so tail images recur.
    ///
    /// - Parameters:
    ///   - labels: The training set's labels; positions in it are what `indices` holds.
    ///   - names: The class names in label order.
    ///   - imagesPerClass: N_C, at least 1.
    ///   - member: Which subset, from 0.
    ///   - seed: The run's seed.
    ///   - policy: What becomes of classes with fewer images.
    /// - Throws: When a class falls short under `refuse`, or has no image under `repeat`.
    public static func draw(
        labels: [Int], names: [String], imagesPerClass: Int, member: Int, seed: UInt64,
        shortClasses policy: ShortClassPolicy = .keep
    ) throws(LongTailError) -> BalancedSubset {
        guard imagesPerClass > 0 else {
            throw LongTailError(.usage, "a subset of \(imagesPerClass) images a class", remedy: "Give at least 1.")
        }
        let members = try indicesByClass(labels, classCount: names.count)
        var indices: [Int] = []
        var short: [ShortClass] = []
        for (label, images) in members.enumerated() {
            var shuffled = images
            var random = CounterRandom(seed: seed, purpose: .subset, epoch: member, index: label)
            random.shuffle(&shuffled)
            indices += shuffled.prefix(imagesPerClass)
            guard images.count < imagesPerClass else { continue }
            short.append(ShortClass(label: label, have: images.count))
            guard policy != .keep else { continue }
            guard policy == .repeat, !images.isEmpty else {
                throw LongTailError(
                    .data, "\(classPhrase(label, names)) has \(images.count) images, fewer than \(imagesPerClass)",
                    remedy: images.isEmpty
                        ? "Add images to it, or keep what there is (short-classes: keep)."
                        : "Draw fewer a class, or keep or repeat what there is (short-classes: keep or repeat).")
            }
            for index in images.count..<imagesPerClass { indices.append(shuffled[index % images.count]) }
        }
        return BalancedSubset(
            member: member, imagesPerClass: imagesPerClass, indices: indices, shortClasses: short)
    }

    /// The union of two subsets as the paper's figure 2 has it: `b`, then those of `a` that are not in it.
    public static func union(_ a: BalancedSubset, _ b: BalancedSubset) -> [Int] { union(of: [b, a]) }

    /// The union of subsets: every position once, where it first occurs.
    public static func union(of subsets: [BalancedSubset]) -> [Int] {
        var seen: Set<Int> = []
        return subsets.flatMap(\.indices).filter { seen.insert($0).inserted }
    }
}
