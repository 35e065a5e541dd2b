import LongTailBasics

/// Differences of two models' figures, drawn many times over.
struct PairedDraws {
    let replication: [Figure: ConfidenceInterval]
    let population: [Figure: ConfidenceInterval]

    /// - Parameters:
    ///   - tables: The 2 × 2 table of every tested class.
    ///   - groups: Their groups.
    ///   - bearsPopulation: Whether the true recalls' figures are wanted.
    ///   - seed: The same seed gives the same draws.
    init(_ tables: [PairedOutcomes], groups: [ShotGroup]?, bearsPopulation: Bool, seed: UInt64) {
        let totals = tables.map(\.total)
        let worst = WorstTen(totals: totals)
        var next = Pair(FigureTally(totals: totals, groups: groups))
        var truth = next
        var random = CounterRandom(seed: seed, purpose: .testSets, epoch: 1)
        Self.mixture(tables, groups).sample(FigureIntervals.draws(of: totals.count), &random) { (_, shares, random) in
            let cells = tables.indices.map { Cells(disagree: shares[0][$0], first: shares[1][$0], both: shares[2][$0]) }
            let other = zip(totals, cells).map { $1.draw($0, &random) }
            func recalls(_ hits: (PairedOutcomes) -> Int) -> [Double] {
                zip(other, totals).map { Double(hits($0)) / Double($1) }
            }
            next.add(recalls(\.firstHits), recalls(\.secondHits))
            if bearsPopulation { truth.add(cells.map(\.firstRecall), cells.map(\.secondRecall)) }
            guard let worst else { return }
            let splits = FigureIntervals.splits
            next.add(worst.means(of: other, splits: splits, &random), to: .worstTen)
            guard bearsPopulation else { return }
            truth.add(
                (
                    worst.expectation(of: cells.map(\.firstRecall), splits: splits, &random),
                    worst.expectation(of: cells.map(\.secondRecall), splits: splits, &random)
                ), to: .worstTen)
        }
        replication = next.intervals
        population = truth.intervals.filter(\.key.hasPopulation)
    }

    /// The model of the three shares.
    ///
    /// Which of two models is the right one where they disagree differs little from class to class as a rule; so its
    /// distribution is taken to be no wider than Beta(3.7, 3.7).
    private static func mixture(_ tables: [PairedOutcomes], _ groups: [ShotGroup]?) -> RecallMixture {
        RecallMixture(
            [
                .init(trials: tables.map { Trials(hits: $0.disagreements, total: $0.total) }),
                .init(trials: tables.map { Trials(hits: $0.firstOnly, total: $0.disagreements) }, range: 2...9),
                .init(trials: tables.map { Trials(hits: $0.both, total: $0.total - $0.disagreements) }),
            ], groups: groups?.map(\.place) ?? tables.map { _ in 0 })
    }
}

/// The true shares of a class's 2 × 2 table.
private struct Cells {
    /// How often the models disagree.
    let disagree: Double
    /// How often the first is right where they do.
    let first: Double
    /// How often both are right where they do not.
    let both: Double

    var firstRecall: Double { disagree * first + (1 - disagree) * both }
    var secondRecall: Double { disagree * (1 - first) + (1 - disagree) * both }

    /// The table of another test set.
    func draw(_ total: Int, _ random: inout CounterRandom) -> PairedOutcomes {
        let disagreements = random.binomial(total, disagree)
        let firstOnly = random.binomial(disagreements, first)
        let right = random.binomial(total - disagreements, both)
        return PairedOutcomes(
            both: right, firstOnly: firstOnly, secondOnly: disagreements - firstOnly,
            neither: total - disagreements - right)
    }
}

/// The figures of two models, and their differences.
private struct Pair {
    private var first: FigureTally
    private var second: FigureTally

    init(_ empty: FigureTally) { (first, second) = (empty, empty) }

    mutating func add(_ one: [Double], _ other: [Double]) {
        first.add(one)
        second.add(other)
    }

    mutating func add(_ values: (Double, Double), to figure: Figure) {
        first.add(values.0, to: figure)
        second.add(values.1, to: figure)
    }

    var intervals: [Figure: ConfidenceInterval] {
        first.draws.merging(second.draws) { before, after in zip(before, after).map { $1 - $0 } }
            .mapValues { ConfidenceInterval(of: $0) }
    }
}
