import LongTailBasics

extension PredictionTable {
    /// Hits per class and the calibration error of the predicted class, where scores are known.
    ///
    /// - Parameter classwise: The class-wise calibration error, for which a table has too few scores; nil where it is not known.
    /// - Throws: When the table has no image.
    public func report(classwise: Double? = nil) throws(LongTailError) -> ClassReport {
        var hits = [Int](repeating: 0, count: classNames.count)
        var (totals, bins) = (hits, CalibrationBins())
        for (row, target) in targets.enumerated() {
            let isHit = predicted[row] == target
            totals[Int(target)] += 1
            hits[Int(target)] += isHit ? 1 : 0
            if let confidence { bins.add(confidence[row], true: isHit) }
        }
        return try ClassReport(
            classNames: classNames, hits: hits, totals: totals,
            calibrationError: confidence == nil ? nil : bins.error(),
            classwiseCalibrationError: classwise)
    }
}
