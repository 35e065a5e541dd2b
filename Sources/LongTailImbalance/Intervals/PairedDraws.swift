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
        let (figures, worst) = (FiguresOfRecalls(totals: totals, groups: groups), WorstTen(totals: totals))
        let draws = Self.mixture(tables, groups).sample(
            FigureIntervals.draws(of: totals.count), seed: seed, epoch: 1
        ) { shares, random in
            let cells = tables.indices.map { Cells(disagree: shares[0][$0], first: shares[1][$0], both: shares[2][$0]) }
            let other = zip(totals, cells).map { $1.draw($0, &random) }
            func recalls(_ hits: (PairedOutcomes) -> Int) -> [Double] {
                zip(other, totals).map { Double(hits($0)) / Double($1) }
            }
            var next = Pair(figures(recalls(\.firstHits)), figures(recalls(\.secondHits)))
            next.worstTen = worst?.means(of: other, splits: FigureIntervals.splits, &random)
            guard bearsPopulation else { return DrawnFigures(next: next.differences, truth: [:]) }
            let (first, second) = (cells.map(\.firstRecall), cells.map(\.secondRecall))
            var truth = Pair(figures(first), figures(second))
            truth.worstTen = worst.map { worst in
                (
                    worst.expectation(of: first, splits: FigureIntervals.splits, &random),
                    worst.expectation(of: second, splits: FigureIntervals.splits, &random)
                )
            }
            return DrawnFigures(next: next.differences, truth: truth.differences.filter(\.key.hasPopulation))
        }
        replication = .init(of: draws.map(\.next))
        population = .init(of: draws.map(\.truth))
    }

    /// The model of the three shares.
    ///
    /// Which of two models is the right one where they disagree differs little from class to class as a rule; so its
    /// distribution is taken to be no wider than Beta(16.6, 16.6). Where one model is better, it differs with the recall:
    /// more kernels than for one model follow that.
    private static func mixture(_ tables: [PairedOutcomes], _ groups: [ShotGroup]?) -> RecallMixture {
        RecallMixture(
            [
                .init(trials: tables.map { Trials(hits: $0.disagreements, total: $0.total) }),
                .init(trials: tables.map { Trials(hits: $0.firstOnly, total: $0.disagreements) }, range: 3.5...9),
                .init(trials: tables.map { Trials(hits: $0.both, total: $0.total - $0.disagreements) }),
            ], groups: groups?.map(\.place) ?? tables.map { _ in 0 }, kernels: 12,
            concentration: 4)
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

/// The figures of two models.
private struct Pair {
    private let first: [Figure: Double]
    private let second: [Figure: Double]
    var worstTen: (Double, Double)?

    init(_ first: [Figure: Double], _ second: [Figure: Double]) { (self.first, self.second) = (first, second) }

    /// Second minus first.
    var differences: [Figure: Double] {
        var found = first.merging(second) { $1 - $0 }
        found[.worstTen] = worstTen.map { $1 - $0 }
        return found
    }
}
