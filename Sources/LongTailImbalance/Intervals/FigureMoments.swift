/// Variances of two models' figure over draws, and their covariance.
struct FigureMoments {
    private(set) var first = 0.0
    private(set) var second = 0.0
    private(set) var covariance = 0.0

    /// By figure.
    static func of(_ pairs: [FigurePair]) -> [Figure: FigureMoments] {
        var found: [Figure: FigureMoments] = [:]
        for figure in (pairs.first?.first ?? [:]).keys {
            found[figure] = FigureMoments(pairs.map { ($0.first[figure] ?? 0, $0.second[figure] ?? 0) })
        }
        return found
    }

    private init(_ values: [(Double, Double)]) {
        let count = Double(values.count)
        let (x, y) = (values.reduce(0) { $0 + $1.0 } / count, values.reduce(0) { $0 + $1.1 } / count)
        for value in values {
            first += (value.0 - x) * (value.0 - x) / count
            second += (value.1 - y) * (value.1 - y) / count
            covariance += (value.0 - x) * (value.1 - y) / count
        }
    }

    /// From −1 to 1; 0 where one of them never varies.
    var correlation: Double {
        let scale = (first * second).squareRoot()
        return scale > 0 ? covariance / scale : 0
    }

    /// The variance of the difference.
    var ofDifference: Double { first + second - 2 * covariance }

    /// The variance that the difference would have with another correlation.
    func ofDifference(correlation: Double) -> Double {
        max(0, first + second - 2 * correlation * (first * second).squareRoot())
    }
}
