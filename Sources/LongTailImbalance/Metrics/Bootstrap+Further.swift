import LongTailBasics

/// Intervals of the figures that stand beside the headline.
public struct FurtherIntervals: Sendable, Equatable {
    /// Of the number of classes without a hit.
    public var zeroClasses: ConfidenceInterval
    /// Of each group's mean recall; a group without tested classes is absent.
    public var groups: [ShotGroup: ConfidenceInterval]
    /// Of the calibration error; nil where scores are not known.
    ///
    /// A resample's error is larger than the sample's own by nature, since chance moves every bin off the diagonal: a
    /// well calibrated model's value can lie below its interval.
    public var calibrationError: ConfidenceInterval?
}

extension Bootstrap {
    /// 95 % percentile intervals of classes at zero, many/medium/few and ECE; hits are the same draws as in `intervals`.
    ///
    /// - Parameters:
    ///   - report: Hits and totals per class.
    ///   - predictions: What the report was made of, for the calibration error.
    ///   - groups: The group of each class in label order.
    ///   - seed: The same seed gives the same intervals.
    ///   - replicates: At least 1.
    public static func further(
        _ report: ClassReport, _ predictions: PredictionTable, groups: [ShotGroup], seed: UInt64,
        replicates: Int = Bootstrap.replicates
    ) -> FurtherIntervals {
        let count = max(1, replicates)
        var zeros = [Double](repeating: 0, count: count)
        var means: [ShotGroup: ConfidenceInterval] = [:]
        for (group, labels) in Dictionary(grouping: report.tested, by: { groups[$0] }) {
            var sums = [Double](repeating: 0, count: count)
            for label in labels {
                let share = 1 / Double(report.totals[label] * labels.count)
                resample(report, label, seed, count) { (replicate, hits) in
                    sums[replicate] += Double(hits) * share
                    if hits == 0 { zeros[replicate] += 1 }
                }
            }
            means[group] = ConfidenceInterval(of: sums)
        }
        return FurtherIntervals(
            zeroClasses: ConfidenceInterval(of: zeros), groups: means,
            calibrationError: calibrationError(predictions, seed, count))
    }

    /// Resamples images within each class; of a bin only Σ (true − probability) is needed.
    private static func calibrationError(_ predictions: PredictionTable, _ seed: UInt64, _ count: Int)
        -> ConfidenceInterval?
    {
        guard let scores = predictions.confidence else { return nil }
        var images = [[(bin: Int, gap: Double)]](repeating: [], count: predictions.classNames.count)
        for (index, target) in predictions.targets.enumerated() {
            let confidence = scores[index]
            let gap = (predictions.predicted[index] == target ? 1 : 0) - Double(confidence)
            images[Int(target)].append((CalibrationBins.bin(confidence), gap))
        }
        var bins = [Double](repeating: 0, count: count * CalibrationBins.binCount)
        for (label, own) in images.enumerated() where !own.isEmpty {
            var random = CounterRandom(seed: seed, purpose: .bootstrap, epoch: 1, index: label)
            for replicate in 0..<count {
                for _ in own.indices {
                    let image = own[random.below(own.count)]
                    bins[replicate * CalibrationBins.binCount + image.bin] += image.gap
                }
            }
        }
        let total = Double(max(1, predictions.targets.count))
        return ConfidenceInterval(
            of: (0..<count).map { replicate in
                let own = bins[replicate * CalibrationBins.binCount..<(replicate + 1) * CalibrationBins.binCount]
                return own.reduce(0) { $0 + abs($1) } / total
            })
    }
}
