import Foundation

/// The four figures that a comparison stands on, or something about each of them (an interval, a change).
public struct HeadlineFigures<Value> {
    /// Top-1 accuracy.
    public var accuracy: Value
    /// H, recalls floored at `ClassReport.recallFloor`.
    public var harmonicMean: Value
    /// G, recalls floored at `ClassReport.recallFloor`.
    public var geometricMean: Value
    /// The lowest recall, L.
    public var lowestRecall: Value

    /// The four values.
    public init(accuracy: Value, harmonicMean: Value, geometricMean: Value, lowestRecall: Value) {
        self.accuracy = accuracy
        self.harmonicMean = harmonicMean
        self.geometricMean = geometricMean
        self.lowestRecall = lowestRecall
    }

    /// The same four, each transformed.
    public func map<Other>(_ transform: (Value) -> Other) -> HeadlineFigures<Other> {
        HeadlineFigures<Other>(
            accuracy: transform(accuracy), harmonicMean: transform(harmonicMean),
            geometricMean: transform(geometricMean), lowestRecall: transform(lowestRecall))
    }

    /// Figure by figure, this one's value joined with another's.
    public func joined<Other, Joint>(
        with other: HeadlineFigures<Other>, _ join: (Value, Other) -> Joint
    ) -> HeadlineFigures<Joint> {
        HeadlineFigures<Joint>(
            accuracy: join(accuracy, other.accuracy), harmonicMean: join(harmonicMean, other.harmonicMean),
            geometricMean: join(geometricMean, other.geometricMean),
            lowestRecall: join(lowestRecall, other.lowestRecall))
    }
}

extension HeadlineFigures: Sendable where Value: Sendable {}
extension HeadlineFigures: Equatable where Value: Equatable {}
extension HeadlineFigures: Codable where Value: Codable {}

extension ClassReport {
    /// Accuracy, H, G and L.
    public var headline: HeadlineFigures<Double> {
        HeadlineFigures(
            accuracy: accuracy, harmonicMean: harmonicMean, geometricMean: geometricMean, lowestRecall: lowestRecall)
    }

    /// The largest absolute change of each figure when one test image's outcome flips.
    public var largestChangeOfOneImage: HeadlineFigures<Double> {
        let floored = { max($0, Self.recallFloor) }
        let recalls = testedRecalls
        let (h, g, low) = (harmonicMean, geometricMean, lowestRecall)
        let inverses = recalls.reduce(0) { $0 + 1 / floored($1) }
        let count = Double(recalls.count)
        let lowest = recalls.sorted().prefix(2)
        var change = HeadlineFigures(
            accuracy: 1 / Double(imageCount), harmonicMean: 0.0, geometricMean: 0.0, lowestRecall: 0.0)
        for label in tested {
            let (hit, total) = (hits[label], Double(totals[label]))
            let old = Double(hit) / total
            let others = old == lowest.first ? lowest.dropFirst().first ?? .infinity : low
            for flipped in [hit - 1, hit + 1] where (0...totals[label]).contains(flipped) {
                let new = Double(flipped) / total
                let newInverses = inverses - 1 / floored(old) + 1 / floored(new)
                change.harmonicMean = max(change.harmonicMean, abs(count / newInverses - h))
                let ratio = exp((log(floored(new)) - log(floored(old))) / count)
                change.geometricMean = max(change.geometricMean, abs(g * (ratio - 1)))
                change.lowestRecall = max(change.lowestRecall, abs(min(new, others) - low))
            }
        }
        return change
    }
}
