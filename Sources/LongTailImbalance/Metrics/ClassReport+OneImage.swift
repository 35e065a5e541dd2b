import Foundation

extension ClassReport {
    /// The largest absolute change of each figure when one test image's outcome flips.
    public var largestChangeOfOneImage: [Figure: Double] {
        let floored = { max($0, Self.recallFloor) }
        let recalls = testedRecalls
        let (h, g, least) = (harmonicMean, geometricMean, lowestRecall)
        let inverses = recalls.reduce(0) { $0 + 1 / floored($1) }
        let count = Double(recalls.count)
        let lowest = recalls.sorted().prefix(2)
        var (harmonic, geometric, low) = (0.0, 0.0, 0.0)
        for label in tested {
            let (hit, total) = (hits[label], Double(totals[label]))
            let old = Double(hit) / total
            let others = old == lowest.first ? lowest.dropFirst().first ?? .infinity : least
            for flipped in [hit - 1, hit + 1] where (0...totals[label]).contains(flipped) {
                let new = Double(flipped) / total
                let newInverses = inverses - 1 / floored(old) + 1 / floored(new)
                harmonic = max(harmonic, abs(count / newInverses - h))
                let ratio = exp((log(floored(new)) - log(floored(old))) / count)
                geometric = max(geometric, abs(g * (ratio - 1)))
                low = max(low, abs(min(new, others) - least))
            }
        }
        return [
            .accuracy: 1 / Double(imageCount), .harmonicMean: harmonic, .geometricMean: geometric, .lowestRecall: low,
        ]
    }
}
