import LongTailBasics

/// An exact test of two models on the same images, of each figure's difference.
///
/// Where both are equally good in every class, who is right on an image that they disagree on is a fair coin. All coins are
/// thrown anew many times over (a paired randomization test: Noreen 1989); of one class's accuracy it is McNemar's exact
/// test. The probability of a difference that large, with half of the probability of one exactly as large (mid-p: Fagerland,
/// Lydersen and Laake 2013).
struct PairedRandomization {
    private static let throwsOfCoins = 1_000

    /// By figure.
    let probability: [Figure: Double]
    /// Second minus first, as the test reckons it: b10 from fewer splits than are printed.
    let observed: [Figure: Double]

    /// - Parameters:
    ///   - tables: The 2 × 2 table of every tested class.
    ///   - figures: What is made of them.
    ///   - seed: The same seed gives the same coins.
    init(_ tables: [PairedOutcomes], figures: PairedFigures, seed: UInt64) {
        let draws = parallelDraws(1 + Self.throwsOfCoins, seed: seed, epoch: 4) { draw, random in
            figures(draw == 0 ? tables : tables.map { $0.thrown(&random) }, &random).differences
        }
        let observed = draws[0]
        var probability: [Figure: Double] = [:]
        for (figure, value) in observed {
            // Sums in another order differ in the last bits.
            let beyond = draws.dropFirst().map { abs($0[figure] ?? 0) - abs(value) }
            let (larger, equal) = (beyond.count { $0 > 1e-12 }, beyond.count { abs($0) <= 1e-12 })
            probability[figure] = (Double(larger) + Double(equal + 1) / 2) / Double(draws.count)
        }
        (self.observed, self.probability) = (observed, probability)
    }
}

extension PairedOutcomes {
    /// The same images, with a coin for who is right where the models disagree.
    fileprivate func thrown(_ random: inout CounterRandom) -> PairedOutcomes {
        var found = self
        found.firstOnly = random.binomial(disagreements, 0.5)
        found.secondOnly = disagreements - found.firstOnly
        return found
    }
}
