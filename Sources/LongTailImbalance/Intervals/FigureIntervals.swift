import LongTailBasics

/// 95 % intervals of a model's figures on one test set.
///
/// Both come from `RecallMixture`: what the recalls of all classes say about each class's true recall p_c, drawn many times.
public struct FigureIntervals: Sendable, Equatable {
    /// What another test set with as many images of each class would print: p_c is drawn, then Binomial(n_c, p_c) hits.
    public let replication: [Figure: ConfidenceInterval]
    /// The figure of the true recalls p_c; empty where `ClassReport.bearsPopulation` is false.
    ///
    /// `lowestRecall` and `zeroClasses` have none. Of `worstTen` it is what the measure would give on average over test sets of this size.
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
        let groups = groups.map { groups in tested.map { groups[$0] } }
        let trials = tested.map { Trials(hits: report.hits[$0], total: report.totals[$0]) }
        let worst = WorstTen(totals: totals)
        let bearsPopulation = report.bearsPopulation
        var (next, truth) = (FigureTally(totals: totals, groups: groups), FigureTally(totals: totals, groups: groups))
        var random = CounterRandom(seed: seed, purpose: .testSets)
        let mixture = RecallMixture(
            [.init(trials: trials)], groups: groups?.map(\.place) ?? totals.map { _ in 0 })
        mixture.sample(Self.draws(of: totals.count), &random) { (_, shares, random) in
            let shares = shares[0]
            let hits = zip(totals, shares).map { random.binomial($0, $1) }
            next.add(zip(hits, totals).map { Double($0) / Double($1) })
            if bearsPopulation { truth.add(shares) }
            guard let worst else { return }
            next.add(worst.mean(of: hits, splits: Self.splits, &random), to: .worstTen)
            if bearsPopulation { truth.add(worst.expectation(of: shares, splits: Self.splits, &random), to: .worstTen) }
        }
        replication = next.intervals
        population = truth.intervals.filter(\.key.hasPopulation)
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
}
