import Foundation

/// Figures of recalls that were not measured but drawn, many times over.
struct FigureTally {
    /// What is drawn of each figure.
    private(set) var draws: [Figure: [Double]] = [:]

    private let totals: [Double]
    private let images: Double
    private let groups: [ShotGroup]?
    private let sizes: [ShotGroup: Int]

    /// - Parameters:
    ///   - totals: Test images of each tested class.
    ///   - groups: Their groups.
    init(totals: [Int], groups: [ShotGroup]?) {
        self.totals = totals.map(Double.init)
        images = Double(totals.reduce(0, +))
        self.groups = groups
        sizes = (groups ?? []).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Adds the figures of one draw of every class's recall.
    mutating func add(_ recalls: [Double]) {
        var (right, logs, inverses, lowest, zeros) = (0.0, 0.0, 0.0, 1.0, 0.0)
        for (label, recall) in recalls.enumerated() {
            let floored = max(recall, ClassReport.recallFloor)
            right += recall * totals[label]
            logs += log(floored)
            inverses += 1 / floored
            lowest = min(lowest, recall)
            if recall == 0 { zeros += 1 }
        }
        let count = Double(recalls.count)
        add(right / images, to: .accuracy)
        add(count / inverses, to: .harmonicMean)
        add(exp(logs / count), to: .geometricMean)
        add(lowest, to: .lowestRecall)
        add(zeros, to: .zeroClasses)
        guard let groups else { return }
        var sums: [Double] = [0, 0, 0]
        for (label, group) in groups.enumerated() { sums[group.place] += recalls[label] }
        for (group, size) in sizes { add(sums[group.place] / Double(size), to: .group(group)) }
    }

    /// Adds one draw of one figure.
    mutating func add(_ value: Double, to figure: Figure) { draws[figure, default: []].append(value) }

    /// The intervals of all figures.
    var intervals: [Figure: ConfidenceInterval] { draws.mapValues { ConfidenceInterval(of: $0) } }
}

extension ShotGroup {
    /// 0, 1 and 2 for many, medium and few.
    var place: Int {
        switch self {
        case .many: 0
        case .medium: 1
        case .few: 2
        }
    }
}
