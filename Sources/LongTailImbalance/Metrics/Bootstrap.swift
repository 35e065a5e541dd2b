import Foundation
import LongTailBasics

/// The bootstrap over test images, stratified by class.
///
/// To draw n_c images of class c with replacement and count the hits is to draw a binomial number, and for two models
/// on the same images a multinomial one over "both, first only, second only, neither"; so counts are drawn, not
/// images, which is the same in distribution and a hundred times faster.
public enum Bootstrap {
    /// Replicates that an interval takes.
    public static let replicates = 2_000

    /// 95 % percentile intervals of accuracy, H, G and L.
    ///
    /// - Parameters:
    ///   - report: Hits and totals per class.
    ///   - seed: The same seed gives the same intervals.
    ///   - replicates: At least 1.
    public static func intervals(
        _ report: ClassReport, seed: UInt64, replicates: Int = Bootstrap.replicates
    ) -> HeadlineFigures<ConfidenceInterval> {
        var sums = ReplicateSums(replicates: replicates, report)
        for label in report.tested {
            let recalls = RecallTable(total: report.totals[label], hits: binomial(report, label).range)
            resample(report, label, seed, sums.count) { (replicate, hits) in sums.add(hits, recalls, to: replicate) }
        }
        return sums.figures().map(ConfidenceInterval.init(of:))
    }

    /// Draws a tested class's hits in every replicate.
    @inline(__always)
    static func resample(
        _ report: ClassReport, _ label: Int, _ seed: UInt64, _ replicates: Int, _ body: (Int, Int) -> Void
    ) {
        var random = CounterRandom(seed: seed, purpose: .bootstrap, index: label)
        let hits = binomial(report, label)
        for replicate in 0..<replicates { body(replicate, hits.draw(&random)) }
    }

    private static func binomial(_ report: ClassReport, _ label: Int) -> Binomial {
        let total = report.totals[label]
        return Binomial(trials: total, probability: Double(report.hits[label]) / Double(total))
    }
}

/// A class's recalls by number of hits, with what the means need of them.
struct RecallTable {
    typealias Entry = (recall: Double, log: Double, inverse: Double)
    private let fewest: Int
    private let entries: [Entry]

    init(total: Int, hits: ClosedRange<Int>) {
        fewest = hits.lowerBound
        entries = hits.map { hits in
            let recall = Double(hits) / Double(total)
            let floored = max(recall, ClassReport.recallFloor)
            return (recall, log(floored), 1 / floored)
        }
    }

    subscript(hits: Int) -> Entry { entries[hits - fewest] }
}

/// The running sums of every replicate.
struct ReplicateSums {
    let count: Int
    private let classes: Double
    private let images: Double
    private var hits: [Int]
    private var logs: [Double]
    private var inverses: [Double]
    private var lowest: [Double]

    init(replicates: Int, _ report: ClassReport) {
        count = max(1, replicates)
        classes = Double(report.tested.count)
        images = Double(report.imageCount)
        hits = Array(repeating: 0, count: count)
        logs = Array(repeating: 0, count: count)
        inverses = logs
        lowest = Array(repeating: 1, count: count)
    }

    @inline(__always)
    package mutating func add(_ hit: Int, _ table: RecallTable, to replicate: Int) {
        let entry = table[hit]
        hits[replicate] += hit
        logs[replicate] += entry.log
        inverses[replicate] += entry.inverse
        if entry.recall < lowest[replicate] { lowest[replicate] = entry.recall }
    }

    /// The replicates of each figure.
    func figures() -> HeadlineFigures<[Double]> {
        HeadlineFigures(
            accuracy: hits.map { Double($0) / images }, harmonicMean: inverses.map { classes / $0 },
            geometricMean: logs.map { exp($0 / classes) }, lowestRecall: lowest)
    }
}
