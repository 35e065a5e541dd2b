import Foundation
import LongTailBasics

/// The shape of a long-tailed training set: how many images each class keeps, class 0 the most.
public enum LongTailProfile: String, Codable, Sendable, CaseIterable {
    /// n_c = ⌊n_max · f^(c/(C-1))⌋ with f = 1 / imbalance (Cui et al. 2019; CIFAR-LT).
    case exponential
    /// n_max for the first half of the classes (the larger half of an odd number), ⌊n_max · f⌋ for the rest.
    case step
    /// n_c = ⌊n_max · (1 + c/(C-1) · (f^(-1/6) - 1))^(-6)⌋: a Pareto tail of power 6 over the ranks, from n_max
    /// down to n_max · f.
    ///
    /// ImageNet-LT and Places-LT name a Pareto distribution of power 6 without publishing how they drew from it;
    /// this curve has their ends and their power, not their very counts.
    case pareto

    /// The power of the Pareto tail.
    public static let paretoPower = 6.0

    /// Images per class, in label order.
    ///
    /// - Parameters:
    ///   - classes: The number of classes C.
    ///   - maximum: Images of the largest class, n_max.
    ///   - imbalance: n_max over the size of the smallest class, at least 1.
    ///   - available: Images per class that there are.
    /// - Throws: For an imbalance below 1 or not finite, a class that would get no image, and a class with fewer
    ///   images than its share.
    public func counts(
        classes: Int, maximum: Int, imbalance: Double, available: [Int]
    ) throws(LongTailError) -> [Int] {
        guard imbalance.isFinite, imbalance >= 1 else {
            throw LongTailError(
                .usage, "an imbalance of \(imbalance) makes no long tail",
                remedy: "Give the largest class's size over the smallest's: a number from 1 up.")
        }
        guard classes > 0, classes == available.count else {
            throw LongTailError(.usage, "a profile over \(classes) classes for data of \(available.count) classes")
        }
        guard maximum > 0 else {
            throw LongTailError(.usage, "the largest class would have \(maximum) images", remedy: "Give at least 1.")
        }
        var counts: [Int] = []
        for label in 0..<classes {
            let count = min(maximum, Self.truncated(Double(maximum) * share(label, of: classes, 1 / imbalance)))
            guard count >= 1 else {
                throw LongTailError(
                    .usage,
                    "class \(label) would keep no image at imbalance \(imbalance) with \(maximum) in the largest",
                    remedy: "Give an imbalance of at most \(maximum).")
            }
            guard count <= available[label] else {
                throw LongTailError(
                    .data, "class \(label) has \(available[label]) images, but the profile asks for \(count)",
                    remedy: "Give a smaller maximum; the smallest class has \(available.min() ?? 0) images.")
            }
            counts.append(count)
        }
        return counts
    }

    /// The share of n_max that a class keeps, in [f, 1].
    private func share(_ label: Int, of classes: Int, _ f: Double) -> Double {
        guard classes > 1 else { return 1 }
        let position = Double(label) / Double(classes - 1)
        return switch self {
        case .exponential: pow(f, position)
        case .step: label < (classes + 1) / 2 ? 1 : f
        case .pareto: pow(1 + position * (pow(f, -1 / Self.paretoPower) - 1), -Self.paretoPower)
        }
    }

    /// Truncation toward zero that takes 4.999999999999 as the 5 it stands for (49 · (1/49) is below 1 in floats).
    private static func truncated(_ value: Double) -> Int {
        let whole = value.rounded()
        let exact = abs(value - whole) <= 1e-10 * whole ? whole : value.rounded(.down)
        return Int(exactly: exact) ?? .max
    }
}
