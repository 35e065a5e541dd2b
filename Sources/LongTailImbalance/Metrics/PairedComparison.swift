import LongTailBasics

/// Two models on the same test images: second minus first, with what chance alone would make of it.
public struct PairedComparison: Codable, Sendable, Equatable {
    /// A difference in one figure.
    public struct Difference: Codable, Sendable, Equatable {
        /// Second minus first.
        public let value: Double
        /// Its 95 % interval over test images.
        public let interval: ConfidenceInterval
        /// Whether the interval excludes zero.
        public var isSignificant: Bool { interval.lower > 0 || interval.upper < 0 }
    }

    /// The differences in accuracy, H, G and L.
    public let differences: HeadlineFigures<Difference>

    /// Compares by the paired bootstrap (see `Bootstrap`): both models see the same resampled images.
    ///
    /// - Throws: When the two tables are not about the same classes and images.
    public init(
        _ first: PredictionTable, _ second: PredictionTable, seed: UInt64,
        replicates: Int = Bootstrap.replicates
    ) throws(LongTailError) {
        guard first.classNames == second.classNames, first.targets == second.targets else {
            throw LongTailError(
                .data, "the two models were not evaluated on the same images, so they cannot be compared in pairs",
                remedy: "Evaluate both on the same split with the same class order.")
        }
        let reports = (try first.hitReport(), try second.hitReport())
        let outcomes = Self.outcomes(first, second)
        var sums = (ReplicateSums(replicates: replicates, reports.0), ReplicateSums(replicates: replicates, reports.1))
        for label in reports.0.tested {
            var random = CounterRandom(seed: seed, purpose: .bootstrap, epoch: 1, index: label)
            let recalls = RecallTable(total: reports.0.totals[label], hits: 0...reports.0.totals[label])
            var draws = PairedDraws(outcomes[label])
            for replicate in 0..<sums.0.count {
                let hits = draws.next(&random)
                sums.0.add(hits.first, recalls, to: replicate)
                sums.1.add(hits.second, recalls, to: replicate)
            }
        }
        let spread = sums.0.figures().joined(with: sums.1.figures()) { zip($0, $1).map { $1 - $0 } }
        differences = reports.0.headline.joined(with: reports.1.headline) { $1 - $0 }
            .joined(with: spread) { Difference(value: $0, interval: ConfidenceInterval(of: $1)) }
    }

    private static func outcomes(_ first: PredictionTable, _ second: PredictionTable) -> [PairedOutcomes] {
        var outcomes = [PairedOutcomes](repeating: PairedOutcomes(), count: first.classNames.count)
        for (row, target) in first.targets.enumerated() {
            switch (first.predicted[row] == target, second.predicted[row] == target) {
            case (true, true): outcomes[Int(target)].both += 1
            case (true, false): outcomes[Int(target)].firstOnly += 1
            case (false, true): outcomes[Int(target)].secondOnly += 1
            case (false, false): outcomes[Int(target)].neither += 1
            }
        }
        return outcomes
    }
}

extension PredictionTable {
    /// Hits and totals alone: calibration errors stand at 0, because the table lacks most probabilities.
    fileprivate func hitReport() throws(LongTailError) -> ClassReport {
        var hits = [Int](repeating: 0, count: classNames.count)
        var totals = hits
        for (target, predicted) in zip(targets, predicted) {
            totals[Int(target)] += 1
            hits[Int(target)] += target == predicted ? 1 : 0
        }
        return try ClassReport(
            classNames: classNames, hits: hits, totals: totals, calibrationError: 0, classwiseCalibrationError: 0)
    }
}
