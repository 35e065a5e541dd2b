import LongTailBasics

/// Both models' figures, drawn many times over from what their test set says of the true recalls.
///
/// Each model has its `RecallMixture`. Of a class with the 2 × 2 table (n11, n10, n01, n00) both recalls are drawn together:
/// with one Gamma(n_ij) number for each cell, common to both models, and two for each model's kernel,
/// p = (G11 + G10 + A) / (ΣG + A + B) and q = (G11 + G01 + A') / (ΣG + A' + B'). So p ~ Beta(a + hits, b + misses) as for one model
/// alone, and the images that both saw tie them (the sums of gammas are Dirichlet's: Rubin 1981).
struct PairedDraws {
    /// What other test sets of this size print.
    let next: [FigurePair]
    /// The figures of the true recalls; empty where they are not asked for.
    let truth: [FigurePair]

    /// - Parameters:
    ///   - tables: The 2 × 2 table of every tested class.
    ///   - groups: The number of its group, from 0.
    ///   - figures: What is made of them.
    ///   - bearsPopulation: Whether the true recalls' figures are wanted.
    ///   - seed: The same seed gives the same draws.
    init(
        _ tables: [PairedOutcomes], groups: [Int], figures: PairedFigures, bearsPopulation: Bool, seed: UInt64
    ) {
        let count = FigureIntervals.draws(of: tables.count)
        func standings(_ hits: (PairedOutcomes) -> Int, epoch: Int) -> [RecallMixture.Standing] {
            RecallMixture(tables.map { Trials(hits: hits($0), total: $0.total) }, groups: groups)
                .standings(count, seed: seed, epoch: epoch)
        }
        let first = standings(\.firstHits, epoch: 1)
        let second = standings(\.secondHits, epoch: 2)
        let draws = parallelDraws(count, seed: seed, epoch: 3) { draw, random in
            let recalls = DrawnRecalls(
                tables, first[draw].kernelOfClass(&random), second[draw].kernelOfClass(&random), &random)
            let next = figures(recalls.testSet(tables.map(\.total), &random), &random)
            return (next, bearsPopulation ? figures.population(recalls.first, recalls.second, &random) : nil)
        }
        next = draws.map(\.0)
        truth = draws.compactMap(\.1)
    }
}

/// One draw of every class's true recalls of two models.
private struct DrawnRecalls {
    private(set) var first: [Double] = []
    private(set) var second: [Double] = []
    /// How the models' hits on an image correlate (φ of all classes).
    private let correlation: Double

    init(
        _ tables: [PairedOutcomes], _ firstKernels: [BetaKernel], _ secondKernels: [BetaKernel],
        _ random: inout CounterRandom
    ) {
        var (covariance, scale) = (0.0, 0.0)
        for (label, table) in tables.enumerated() {
            func part(_ count: Int) -> Double { count > 0 ? random.gamma(Double(count)) : 0 }
            let (both, firstOnly) = (part(table.both), part(table.firstOnly))
            let (secondOnly, neither) = (part(table.secondOnly), part(table.neither))
            let all = both + firstOnly + secondOnly + neither
            func recall(_ hits: Double, _ kernel: BetaKernel) -> Double {
                let (a, b) = (random.gamma(kernel.a), random.gamma(kernel.b))
                return (hits + a) / (all + a + b)
            }
            first.append(recall(both + firstOnly, firstKernels[label]))
            second.append(recall(both + secondOnly, secondKernels[label]))
            let (p, q) = ((both + firstOnly) / all, (both + secondOnly) / all)
            covariance += both / all - p * q
            scale += (p * (1 - p) * q * (1 - q)).squareRoot()
        }
        correlation = scale > 0 ? covariance / scale : 0
    }

    /// The tables of another test set.
    func testSet(_ totals: [Int], _ random: inout CounterRandom) -> [PairedOutcomes] {
        totals.indices.map { label in
            let (p, q) = (first[label], second[label])
            let tied = p * q + correlation * (p * (1 - p) * q * (1 - q)).squareRoot()
            // No more than the rarer, no less than must overlap.
            let share = min(p, q, max(0, p + q - 1, tied))
            let hits = random.binomial(totals[label], p)
            let both = random.binomial(hits, p > 0 ? share / p : 0)
            let secondOnly = random.binomial(totals[label] - hits, p < 1 ? min(1, (q - share) / (1 - p)) : 0)
            return PairedOutcomes(
                both: both, firstOnly: hits - both, secondOnly: secondOnly, neither: totals[label] - hits - secondOnly)
        }
    }
}
