import Foundation

/// Figures of recalls that were not measured but drawn.
struct FiguresOfRecalls: Sendable {
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

    /// All figures but `worstTen`, from every class's recall.
    func callAsFunction(_ recalls: [Double]) -> [Figure: Double] {
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
        var figures: [Figure: Double] = [
            .accuracy: right / images, .harmonicMean: count / inverses, .geometricMean: exp(logs / count),
            .lowestRecall: lowest, .zeroClasses: zeros,
        ]
        guard let groups else { return figures }
        var sums: [Double] = [0, 0, 0]
        for (label, group) in groups.enumerated() { sums[group.place] += recalls[label] }
        for (group, size) in sizes { figures[.group(group)] = sums[group.place] / Double(size) }
        return figures
    }
}

/// What one draw of every class's recall says.
struct DrawnFigures: Sendable {
    /// What a test set drawn from these recalls prints.
    let next: [Figure: Double]
    /// The recalls' own figures; empty where they are not asked for.
    let truth: [Figure: Double]
}

extension [Figure: ConfidenceInterval] {
    /// The percentile intervals of all figures over draws.
    init(of draws: [[Figure: Double]]) {
        let values = draws.reduce(into: [Figure: [Double]]()) { values, draw in
            for (figure, value) in draw { values[figure, default: []].append(value) }
        }
        self = values.mapValues { ConfidenceInterval(of: $0) }
    }
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
