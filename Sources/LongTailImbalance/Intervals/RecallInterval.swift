import Foundation

/// 95 % intervals of one class, from its own test images alone.
extension ConfidenceInterval {
    /// The 97.5 % quantile of the normal distribution.
    private static let z = 1.959963984540054

    /// Wilson's (1927) score interval of a share: `hits` of `total`, at least 1.
    ///
    /// 0 of 2 gives 0 to 65.8 %: nothing seen is not nothing there.
    public init(hits: Int, of total: Int) {
        let (n, z2) = (Double(max(1, total)), Self.z * Self.z)
        let share = Double(hits) / n
        let centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        let half = Self.z / (1 + z2 / n) * (share * (1 - share) / n + z2 / (4 * n * n)).squareRoot()
        self.init(lower: hits <= 0 ? 0 : max(0, centre - half), upper: hits >= total ? 1 : min(1, centre + half))
    }

    /// Newcombe's (1998, "Improved confidence intervals for the difference between binomial proportions based on paired
    /// data", method 10) interval of a difference of two models' recalls on the same images of one class.
    init(change table: PairedOutcomes) {
        let n = Double(max(1, table.total))
        let (first, second) = (Double(table.firstHits) / n, Double(table.secondHits) / n)
        let one = ConfidenceInterval(hits: table.firstHits, of: table.total)
        let other = ConfidenceInterval(hits: table.secondHits, of: table.total)
        let (e, f, g, h) = (
            Double(table.both), Double(table.secondOnly), Double(table.firstOnly), Double(table.neither)
        )
        // φ: the correlation of right and wrong, with Newcombe's correction for continuity.
        let product = (e + f) * (g + h) * (e + g) * (f + h)
        let determinant = e * h - f * g
        let corrected = determinant > 0 ? max(determinant - n / 2, 0) : determinant
        let phi = product > 0 ? corrected / product.squareRoot() : 0
        func reach(_ a: Double, _ b: Double) -> Double { max(0, a * a - 2 * phi * a * b + b * b).squareRoot() }
        let change = second - first
        self.init(
            lower: max(-1, change - reach(second - other.lower, one.upper - first)),
            upper: min(1, change + reach(other.upper - second, first - one.lower)))
    }
}

extension ClassReport {
    /// Test images that a class needs for anything to be said of it: of fewer the intervals of no hit and of all hits overlap.
    public static let fewestTellingImages = 4

    /// The 95 % interval of a class's recall; nil without test images.
    public func recallInterval(_ label: Int) -> ConfidenceInterval? {
        guard totals.indices.contains(label), totals[label] > 0 else { return nil }
        return ConfidenceInterval(hits: hits[label], of: totals[label])
    }
}
