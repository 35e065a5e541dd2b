import LongTailBasics

/// How two models' figures correlate over test sets: the images of every class drawn anew from those that there are.
struct PairedResampling {
    private static let replicates = 300

    /// By figure, from −1 to 1; 0 where a figure never varies.
    let correlation: [Figure: Double]

    /// - Parameters:
    ///   - tables: The 2 × 2 table of every tested class.
    ///   - figures: What is made of them.
    ///   - seed: The same seed gives the same replicates.
    init(_ tables: [PairedOutcomes], figures: PairedFigures, seed: UInt64) {
        let pairs = parallelDraws(Self.replicates, seed: seed, epoch: 5) { _, random in
            figures(tables.map { $0.resampled(&random) }, &random)
        }
        correlation = FigureMoments.of(pairs).mapValues(\.correlation)
    }
}

extension PairedOutcomes {
    /// As many images, drawn with replacement.
    fileprivate func resampled(_ random: inout CounterRandom) -> PairedOutcomes {
        var (images, left) = (total, total)
        func drawn(_ count: Int) -> Int {
            let found = images > 0 ? random.binomial(left, Double(count) / Double(images)) : 0
            (images, left) = (images - count, left - found)
            return found
        }
        let (both, firstOnly, secondOnly) = (drawn(both), drawn(firstOnly), drawn(secondOnly))
        return PairedOutcomes(both: both, firstOnly: firstOnly, secondOnly: secondOnly, neither: left)
    }
}
