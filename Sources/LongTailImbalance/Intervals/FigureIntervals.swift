import LongTailBasics

/// 95 % intervals of a model's figures on one test set.
///
/// Both come from `RecallMixture`: what the recalls of all classes say about each class's true recall p_c, drawn many times.
public struct FigureIntervals: Sendable, Equatable {
    /// What another test set with as many images of each class would print: p_c is drawn, then Binomial(n_c, p_c) hits.
    public let replication: [Figure: ConfidenceInterval]
    /// The figure of the true recalls p_c; empty where `ClassReport.bearsPopulation` is false.
    ///
    /// `lowestRecall` and `zeroClasses` have none. Of `worstTen` it is what the measure would give on average over test sets of
    /// this size.
    public let population: [Figure: ConfidenceInterval]

    /// The intervals of a report.
    ///
    /// - Parameters:
    ///   - report: Hits and totals per class.
    ///   - groups: The group of each class in label order; nil where training counts are not known. Groups are learnt from
    ///     apart from each other.
    ///   - seed: The same seed gives the same intervals.
    public init(_ report: ClassReport, groups: [ShotGroup]?, seed: UInt64) {
        let tested = report.tested
        let totals = tested.map { report.totals[$0] }
        let own = groups.map { groups in tested.map { groups[$0] } }
        let trials = tested.map { Trials(hits: report.hits[$0], total: report.totals[$0]) }
        let (figures, worst) = (FiguresOfRecalls(totals: totals, groups: own), WorstTen(totals: totals))
        let bearsPopulation = report.bearsPopulation
        let standings = RecallMixture(trials, groups: own?.map(\.place) ?? totals.map { _ in 0 })
            .standings(Self.draws(of: totals.count), seed: seed, epoch: 0)
        let draws = parallelDraws(standings.count, seed: seed, epoch: 0) { draw, random in
            let kernels = standings[draw].kernelOfClass(&random)
            let shares = zip(kernels, trials).map { kernel, pair in
                random.beta(kernel.a + Double(pair.hits), kernel.b + Double(pair.misses))
            }
            let hits = zip(totals, shares).map { random.binomial($0, $1) }
            var next = figures(zip(hits, totals).map { Double($0) / Double($1) })
            next[.worstTen] = worst?.mean(of: hits, splits: Self.splits, &random)
            guard bearsPopulation else { return DrawnFigures(next: next, truth: [:]) }
            var truth = figures(shares)
            truth[.worstTen] = worst?.expectation(of: shares, splits: Self.splits, &random)
            return DrawnFigures(next: next, truth: truth.filter(\.key.hasPopulation))
        }
        replication = .init(of: draws.map(\.next))
        population = Self.widened(.init(of: draws.map(\.truth)), report, report.figures(groups: groups, seed: seed))
    }

    /// Draws never reach the border of what is possible; where the observed figure stands on it, the interval does
    /// (as in Brown, Cai and DasGupta 2001), and where equal recalls are not refuted, H, G and b10 may be the accuracy.
    private static func widened(
        _ intervals: [Figure: ConfidenceInterval], _ report: ClassReport, _ observed: [Figure: Double]
    ) -> [Figure: ConfidenceInterval] {
        var found = intervals
        for (figure, interval) in intervals {
            guard let value = observed[figure] else { continue }
            if value >= 1 { found[figure] = ConfidenceInterval(lower: interval.lower, upper: 1) }
            if value <= ClassReport.recallFloor {
                found[figure] = ConfidenceInterval(lower: min(value, interval.lower), upper: interval.upper)
            }
        }
        guard let highest = found[.accuracy]?.upper, !report.refutesEqualRecalls else { return found }
        for figure in [Figure.harmonicMean, .geometricMean, .worstTen] {
            guard let interval = found[figure] else { continue }
            found[figure] = ConfidenceInterval(lower: interval.lower, upper: max(interval.upper, highest))
        }
        return found
    }

    /// How often everything is drawn: 1,000 times, less often for many thousand classes, whose figures scatter little.
    static func draws(of classes: Int) -> Int { min(1_000, max(300, 2_000_000 / max(1, classes))) }

    /// Halves that one draw's `worstTen` takes; more would cost more than they steady.
    static let splits = 4
}

extension ClassReport {
    /// Test images of a class from which on the true recalls' figures have intervals that hold (docs/results/coverage.md).
    public static let imagesForPopulation = 20

    /// Whether figures of the true recalls can be told from this test set.
    public var bearsPopulation: Bool { tested.allSatisfy { totals[$0] >= Self.imagesForPopulation } }

    /// Whether Pearson's χ² test at 5 % says that not all true recalls are the same.
    var refutesEqualRecalls: Bool {
        let freedom = Double(tested.count - 1)
        guard freedom > 0, accuracy > 0, accuracy < 1 else { return false }
        let sum = tested.reduce(0.0) { sum, label in
            let (hits, total) = (Double(hits[label]), Double(totals[label]))
            return sum + (hits - total * accuracy) * (hits - total * accuracy) / (total * accuracy * (1 - accuracy))
        }
        // The 95 % quantile of χ² (Wilson and Hilferty 1931).
        let step = 2 / (9 * freedom)
        let root = 1 - step + 1.644853627 * step.squareRoot()
        return sum > freedom * root * root * root
    }
}
