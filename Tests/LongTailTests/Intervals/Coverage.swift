import Dispatch
import Foundation
import Synchronization

@testable import LongTail
@testable import LongTailImbalance

/// How often intervals hold, counted in worlds whose truth is known.
struct Coverage {
    /// Counts of one figure.
    struct Tally {
        var count = 0
        /// Other test sets' figures that lay inside, of `others` in each repetition.
        var next = 0
        /// The true recalls' figure lay inside; of `truths` whose interval is printed.
        var truth = 0
        var truths = 0
        /// Widths of the replication interval and of the one that knows the true recalls, where both were reckoned.
        var width = 0.0
        var best = 0.0
        /// The values that the figure took in the other test sets.
        var values: Set<Double> = []
        /// The same of the percentile bootstrap, in fewer repetitions.
        var bootstrapCount = 0
        var bootstrapNext = 0
        var bootstrapTruths = 0
        var bootstrapTruth = 0

        mutating func merge(_ other: Tally) {
            count += other.count
            next += other.next
            truth += other.truth
            truths += other.truths
            width += other.width
            best += other.best
            values.formUnion(other.values)
            bootstrapCount += other.bootstrapCount
            bootstrapNext += other.bootstrapNext
            bootstrapTruths += other.bootstrapTruths
            bootstrapTruth += other.bootstrapTruth
        }
    }

    /// Other test sets that each repetition draws; they cost little, and their share steadies the count.
    static let others = 10

    let world: World
    private(set) var tallies: [Figure: Tally] = [:]

    /// Draws true recalls, a test set and ten others, over and over.
    ///
    /// - Parameter hasBest: In every tenth also the interval that knows the true recalls, and the bootstrap's: for the page.
    init(_ world: World, repetitions: Int, hasBest: Bool) throws {
        self.world = world
        let found = Mutex([Int: [Figure: Tally]]())
        let failed = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: repetitions) { repetition in
            do {
                let tallies = try Self.once(world, repetition, hasBest && repetition.isMultiple(of: 10))
                found.withLock { $0[repetition] = tallies }
            } catch { failed.withLock { $0 = error } }
        }
        if let error = failed.withLock({ $0 }) { throw error }
        for tallies in found.withLock({ $0 }).values {
            for (figure, tally) in tallies { self.tallies[figure, default: Tally()].merge(tally) }
        }
    }

    private static func once(_ world: World, _ repetition: Int, _ hasBest: Bool) throws -> [Figure: Tally] {
        var random = CounterRandom(seed: 14, purpose: .test, epoch: repetition, index: world.totals.count)
        let recalls = world.truth(&random)
        let report = try world.report(world.hits(recalls, &random))
        let seed = UInt64(repetition)
        let next = try (0..<others).map { _ in
            try world.report(world.hits(recalls, &random)).figures(groups: world.groups, seed: seed + 1)
        }
        let intervals = FigureIntervals(report, groups: world.groups, seed: seed)
        let truth = trueFigures(world, recalls, &random)
        var tallies: [Figure: Tally] = [:]
        let best = hasBest ? testSets(world, recalls, 200, &random) : [:]
        let observed = report.recalls.map { $0 ?? 0 }
        let resampled = hasBest ? testSets(world, observed, 400, &random) : [:]
        for (figure, interval) in intervals.replication {
            let values = next.compactMap { $0[figure] }
            var tally = Tally()
            tally.count = values.count
            tally.next = values.count { holds(interval, $0) }
            tally.values = Set(values)
            if let interval = intervals.population[figure], let value = truth[figure] {
                tally.truths = 1
                tally.truth = holds(interval, value) ? 1 : 0
            }
            if let own = best[figure] {
                tally.best = own.upper - own.lower
                tally.width = interval.upper - interval.lower
            }
            if let interval = resampled[figure] {
                tally.bootstrapCount = values.count
                tally.bootstrapNext = values.count { holds(interval, $0) }
                if let value = truth[figure] {
                    tally.bootstrapTruths = 1
                    tally.bootstrapTruth = holds(interval, value) ? 1 : 0
                }
            }
            tallies[figure] = tally
        }
        return tallies
    }

    /// Sums in another order differ in the last bits.
    private static func holds(_ interval: ConfidenceInterval, _ value: Double) -> Bool {
        interval.lower - 1e-12 <= value && value <= interval.upper + 1e-12
    }

    private static func trueFigures(
        _ world: World, _ recalls: [Double], _ random: inout CounterRandom
    ) -> [Figure: Double] {
        var figures = FiguresOfRecalls(totals: world.totals, groups: world.groups)(recalls)
        figures[.worstTen] = WorstTen(totals: world.totals)?.expectation(of: recalls, splits: 100, &random)
        return figures
    }

    /// The intervals of figures over test sets from given recalls.
    private static func testSets(
        _ world: World, _ recalls: [Double], _ count: Int, _ random: inout CounterRandom
    ) -> [Figure: ConfidenceInterval] {
        let figures = FiguresOfRecalls(totals: world.totals, groups: world.groups)
        let worst = WorstTen(totals: world.totals)
        return .init(
            of: (0..<count).map { _ in
                let hits = world.hits(recalls, &random)
                var found = figures(zip(hits, world.totals).map { Double($0) / Double($1) })
                found[.worstTen] = worst?.mean(of: hits, splits: 4, &random)
                return found
            })
    }
}
