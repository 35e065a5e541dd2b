import LongTailBasics

/// Two models on the same test images: second minus first, with what chance alone would make of it.
///
/// Each class's 2 × 2 table of right and wrong carries the pairing. Recalls are drawn for both models together (`PairedDraws`);
/// whether the interval of a difference excludes zero is decided by an exact test (`PairedRandomization`).
public struct PairedComparison: Sendable, Equatable {
    /// A difference in one figure.
    public struct Difference: Sendable, Equatable {
        /// Second minus first.
        public let value: Double
        /// What another test set of the same size would print.
        public let replication: ConfidenceInterval
        /// The difference of the true recalls' figures; nil where the test set does not tell (`ClassReport.bearsPopulation`).
        public let population: ConfidenceInterval?
        /// Whether the population's interval excludes zero, by an exact test at 5 %; an end that is zero is then not part of it.
        public let isSignificant: Bool
    }

    /// The difference in each figure.
    public let differences: [Figure: Difference]

    /// Compares two models.
    ///
    /// - Parameters:
    ///   - first: The one that is compared with.
    ///   - second: The other, on the same images in the same order.
    ///   - groups: The group of each class in label order; nil where training counts are not known.
    ///   - seed: The same seed gives the same intervals.
    /// - Throws: When the two tables are not about the same classes and images.
    public init(
        _ first: PredictionTable, _ second: PredictionTable, groups: [ShotGroup]?, seed: UInt64
    ) throws(LongTailError) {
        let tables = try PairedOutcomes.tables(first, second)
        let reports = (try first.report(), try second.report())
        let tested = reports.0.tested
        let found = PairedIntervals(
            tested.map { tables[$0] }, groups: groups.map { groups in tested.map { groups[$0] } },
            bearsPopulation: reports.0.bearsPopulation, seed: seed)
        let figures = (reports.0.figures(groups: groups, seed: seed), reports.1.figures(groups: groups, seed: seed))
        var differences: [Figure: Difference] = [:]
        for (figure, replication) in found.replication {
            guard let before = figures.0[figure], let after = figures.1[figure] else { continue }
            differences[figure] = Difference(
                value: after - before, replication: replication, population: found.population[figure],
                isSignificant: found.significant.contains(figure))
        }
        self.differences = differences
    }
}
