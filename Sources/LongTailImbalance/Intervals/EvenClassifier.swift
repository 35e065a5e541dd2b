import Foundation
import LongTailBasics

/// A classifier that recognises every class's images with the same probability: what a test set shows of it by chance.
///
/// Figures of many small classes are low for the test set's sake too. 8,142 classes of 3 images show 187 classes at zero and
/// an H of 4.1 % at an accuracy of 71.6 %, though no class is worse than another.
public struct EvenClassifier: Sendable {
    private let totals: [Int]
    private let accuracy: Double

    /// One on classes with as many test images; those without any take no part.
    ///
    /// - Parameters:
    ///   - totals: Test images per class.
    ///   - accuracy: In [0, 1].
    public init(totals: [Int], accuracy: Double) {
        self.totals = totals.filter { $0 > 0 }
        self.accuracy = min(max(accuracy, 0), 1)
    }

    /// The expected number of classes without a hit: Σ (1 − a)^n.
    public var zeroClasses: Double { totals.reduce(0) { $0 + pow(1 - accuracy, Double($1)) } }

    /// The harmonic mean that it prints, from the expected inverse recalls (floored at `ClassReport.recallFloor`).
    public var harmonicMean: Double {
        let sizes = totals.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        let inverses = sizes.sorted { $0.key < $1.key }.reduce(0.0) { $0 + Double($1.value) * inverse($1.key) }
        return inverses > 0 ? Double(totals.count) / inverses : 0
    }

    /// How far H scatters from one test set to the next: its 95 % interval, from `draws` test sets.
    public func harmonicMeanInterval(seed: UInt64, draws: Int = 400) -> ConfidenceInterval {
        let figures = FiguresOfRecalls(totals: totals, groups: nil)
        var random = CounterRandom(seed: seed, purpose: .testSets, epoch: 2)
        return ConfidenceInterval(
            of: (0..<draws).map { _ in
                figures(totals.map { Double(random.binomial($0, accuracy)) / Double($0) })[.harmonicMean] ?? 0
            })
    }

    /// E[1 / max(k / n, floor)] for k ~ Binomial(n, a).
    private func inverse(_ total: Int) -> Double {
        guard accuracy > 0 else { return 1 / ClassReport.recallFloor }
        guard accuracy < 1 else { return 1 }
        var sum = 0.0
        var logWeight = Double(total) * log1p(-accuracy)
        for hits in 0...total {
            sum += exp(logWeight) / max(Double(hits) / Double(total), ClassReport.recallFloor)
            logWeight += log(accuracy / (1 - accuracy)) + log(Double(total - hits) / Double(hits + 1))
        }
        return sum
    }
}
