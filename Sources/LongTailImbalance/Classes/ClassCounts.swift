import Foundation
import LongTailBasics

/// The number of training images of every class, in label order.
public struct ClassCounts: Codable, Sendable, Equatable {
    /// The class names in label order, all different.
    public let names: [String]
    /// Training images per class, in label order.
    public let counts: [Int]

    /// Counts given per class.
    ///
    /// - Throws: When there is no class, a name is missing or repeated, a count is negative or the sum overflows.
    public init(names: [String], counts: [Int]) throws(LongTailError) {
        try checkClassNames(names)
        guard names.count == counts.count else {
            throw LongTailError(.data, "\(names.count) class names, but counts for \(counts.count) classes")
        }
        var total = 0
        for (label, count) in counts.enumerated() {
            let sum = total.addingReportingOverflow(count)
            guard count >= 0, !sum.overflow else {
                throw LongTailError(.data, "\(classPhrase(label, names)) has an impossible number of images: \(count)")
            }
            total = sum.partialValue
        }
        self.names = names
        self.counts = counts
    }

    /// Counts taken from labels.
    ///
    /// - Throws: When a label is not in 0..<`names.count`.
    public init(names: [String], labels: [Int]) throws(LongTailError) {
        var counts = [Int](repeating: 0, count: names.count)
        for (index, label) in labels.enumerated() {
            guard counts.indices.contains(label) else { throw strangeLabel(label, of: index, classCount: names.count) }
            counts[label] += 1
        }
        try self.init(names: names, counts: counts)
    }

    /// Decodes and checks.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(names: box.decode([String].self, forKey: .names), counts: box.decode([Int].self, forKey: .counts))
    }

    /// The number of classes.
    public var classCount: Int { counts.count }
    /// All training images.
    public var total: Int { counts.reduce(0, +) }
    /// The images of the largest class.
    public var maximum: Int { counts.max() ?? 0 }
    /// The images of the smallest class that has any; 0 when all are empty.
    public var minimum: Int { counts.filter { $0 > 0 }.min() ?? 0 }
    /// The imbalance ratio: largest over smallest class, empty classes left out; 1 when all are empty.
    public var imbalance: Double { minimum > 0 ? Double(maximum) / Double(minimum) : 1 }
    /// The labels by falling frequency, ties by label.
    public var order: [Int] { counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) } }

    /// log(n_c / N) per class; minus infinity for an empty class, so ask `requireNoEmptyClass` before using it.
    public var logPrior: [Double] {
        let total = Double(total)
        return counts.map { $0 > 0 ? log(Double($0) / total) : -.infinity }
    }

    /// Refuses empty classes on behalf of something that divides by counts or draws from every class.
    ///
    /// - Parameter purpose: Who asks, as the message shall say it ("class-balanced sampling").
    public func requireNoEmptyClass(for purpose: String) throws(LongTailError) {
        let empty = counts.indices.filter { counts[$0] == 0 }
        guard let first = empty.first else { return }
        let others = empty.count > 1 ? " (and \(empty.count - 1) more)" : ""
        throw LongTailError(
            .data,
            "\(classPhrase(first, names)) has no training image\(others), and \(purpose) needs one of every class",
            remedy: "Add images to it or take the class out of the data set.")
    }
}

/// How a message names a class: its number, and its name where there is one.
func classPhrase(_ label: Int, _ names: [String]) -> String {
    names.indices.contains(label) ? "class \(label) (\"\(names[label])\")" : "class \(label)"
}

/// Refuses an empty list of names and a name that stands twice.
func checkClassNames(_ names: [String]) throws(LongTailError) {
    guard !names.isEmpty else { throw LongTailError(.data, "there is no class") }
    var seen: [String: Int] = [:]
    for (label, name) in names.enumerated() {
        if let earlier = seen.updateValue(label, forKey: name) {
            throw LongTailError(
                .data, "classes \(earlier) and \(label) have the same name, \"\(name)\"", remedy: "Rename one of them.")
        }
    }
}

/// The positions of each class's images, in record order.
func indicesByClass(_ labels: [Int], classCount: Int) throws(LongTailError) -> [[Int]] {
    var members = [[Int]](repeating: [], count: max(0, classCount))
    for (index, label) in labels.enumerated() {
        guard members.indices.contains(label) else { throw strangeLabel(label, of: index, classCount: classCount) }
        members[label].append(index)
    }
    return members
}

/// A label that no class has.
private func strangeLabel(_ label: Int, of index: Int, classCount: Int) -> LongTailError {
    LongTailError(.data, "image \(index) has the label \(label), which is not in 0..<\(max(0, classCount))")
}
