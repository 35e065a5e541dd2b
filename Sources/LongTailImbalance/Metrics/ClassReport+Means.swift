import Foundation

extension ClassReport {
    /// What a recall counts at least in the harmonic, geometric and generalised means: 0.1 %.
    ///
    /// The paper and its code put 1e-3 in the place of zero recalls, which up to 1,000 test images a class is the
    /// same. The code does so in place, before group means and lowest recall are taken; here those see true zeros.
    public static let recallFloor = 1e-3

    /// The share of all images that were recognised (top-1).
    public var accuracy: Double { Double(hits.reduce(0, +)) / Double(imageCount) }
    /// The mean of the recalls, zeros counting as zero.
    public var arithmeticMean: Double { mean(testedRecalls) }
    /// The harmonic mean of the floored recalls, H.
    public var harmonicMean: Double { generalisedMean(-1) }
    /// The geometric mean of the floored recalls, G.
    public var geometricMean: Double { generalisedMean(0) }

    /// M_p = (1/C Σ r_c^p)^(1/p) of the floored recalls r_c.
    ///
    /// p = -1 is H, p → 0 is G, p = 1 the arithmetic mean, and ±infinity the best and the worst recall. Computed
    /// from logarithms, so that no power overflows. A NaN gives NaN.
    public func generalisedMean(_ p: Double) -> Double {
        let logs = testedRecalls.map { log(max($0, Self.recallFloor)) }
        let (low, high) = (logs.min() ?? 0, logs.max() ?? 0)
        if p == .infinity { return exp(high) }
        if p == -.infinity { return exp(low) }
        // So near 0 the sum below differs from C by rounding alone.
        if abs(p) < 1e-8 { return exp(mean(logs)) }
        let peak = p > 0 ? high : low
        return exp(peak + log(mean(logs.map { exp(p * ($0 - peak)) })) / p)
    }

    /// The smallest recall.
    public var lowestRecall: Double { testedRecalls.min() ?? 0 }
    /// How many tested classes have no hit at all.
    public var zeroClasses: Int { tested.count { hits[$0] == 0 } }

    /// The tested classes from the lowest recall up, ties by label.
    public var worstFirst: [Int] {
        let recalls = recalls
        return tested.sorted { (recalls[$0] ?? 0, $0) < (recalls[$1] ?? 0, $1) }
    }

    /// The mean of the `k` lowest recalls (of all, where there are fewer; of one, where `k` is below 1).
    public func worstMean(_ k: Int) -> Double { mean(Array(testedRecalls.sorted().prefix(max(1, k)))) }

    /// The mean recall of each group's tested classes; a group without any is absent.
    ///
    /// - Parameter groups: The group of each class in label order (`ClassCounts.groups`).
    public func groupMeans(_ groups: [ShotGroup]) -> [ShotGroup: Double] {
        var sums: [ShotGroup: (Double, Int)] = [:]
        for (group, recall) in zip(groups, recalls) {
            guard let recall else { continue }
            let (sum, count) = sums[group, default: (0, 0)]
            sums[group] = (sum + recall, count + 1)
        }
        return sums.mapValues { $0 / Double($1) }
    }

    var testedRecalls: [Double] { recalls.compactMap { $0 } }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
