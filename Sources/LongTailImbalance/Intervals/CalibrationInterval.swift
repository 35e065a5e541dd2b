import LongTailBasics

/// The bootstrap over test images, stratified by class.
public enum Bootstrap {
    /// Replicates that an interval takes.
    public static let replicates = 2_000

    /// The 95 % percentile interval of the expected calibration error (`CalibrationBins`); nil where scores are not known.
    ///
    /// A resample's error is larger than the sample's own by nature, since chance moves every bin off the diagonal: a
    /// well calibrated model's value can lie below its interval. Images are resampled within each class; of a bin only
    /// Σ (true − probability) is needed.
    ///
    /// - Parameters:
    ///   - predictions: Each image's prediction.
    ///   - seed: The same seed gives the same interval.
    ///   - replicates: At least 1.
    public static func calibrationError(
        _ predictions: PredictionTable, seed: UInt64, replicates: Int = Bootstrap.replicates
    ) -> ConfidenceInterval? {
        guard let scores = predictions.confidence else { return nil }
        let count = max(1, replicates)
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
