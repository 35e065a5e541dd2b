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
        /// The figure of another test set lay inside.
        var next = 0
        /// The true recalls' figure lay inside; of `truths` whose interval is printed.
        var truth = 0
        var truths = 0
        /// Widths of the replication interval, and of the one that knows the true recalls.
        var width = 0.0
        var best = 0.0
        /// The values that the figure took in the other test sets.
        var values: Set<Double> = []
        /// The same of the percentile bootstrap.
        var bootstrapNext = 0
        var bootstrapTruth = 0

        mutating func merge(_ other: Tally) {
            count += other.count
            next += other.next
            truth += other.truth
            truths += other.truths
            width += other.width
            best += other.best
            values.formUnion(other.values)
            bootstrapNext += other.bootstrapNext
            bootstrapTruth += other.bootstrapTruth
        }
    }

    let world: World
    private(set) var tallies: [Figure: Tally] = [:]

    /// Draws true recalls, a test set and another one, over and over.
    ///
    /// - Parameter hasBest: Also the interval that knows the true recalls, and the bootstrap's: for the page.
    init(_ world: World, repetitions: Int, hasBest: Bool) throws {
        self.world = world
        let found = Mutex([Int: [Figure: Tally]]())
        let failed = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: repetitions) { repetition in
            do {
                let tallies = try Self.once(world, repetition, hasBest)
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
        let next = try world.report(world.hits(recalls, &random)).figures(groups: world.groups, seed: seed + 1)
        let intervals = FigureIntervals(report, groups: world.groups, seed: seed)
        let truth = trueFigures(world, recalls, &random)
        var tallies: [Figure: Tally] = [:]
        let best = hasBest ? testSets(world, recalls, 200, &random) : [:]
        let observed = report.recalls.map { $0 ?? 0 }
        let resampled = hasBest ? testSets(world, observed, 400, &random) : [:]
        for (figure, interval) in intervals.replication {
            guard let value = next[figure] else { continue }
            var tally = Tally()
            tally.count = 1
            tally.next = holds(interval, value) ? 1 : 0
            tally.width = interval.upper - interval.lower
            tally.values = [value]
            if let interval = intervals.population[figure], let value = truth[figure] {
                tally.truths = 1
                tally.truth = holds(interval, value) ? 1 : 0
            }
            if let interval = best[figure] { tally.best = interval.upper - interval.lower }
            if let interval = resampled[figure] {
                tally.bootstrapNext = holds(interval, value) ? 1 : 0
                tally.bootstrapTruth = truth[figure].map { holds(interval, $0) } == true ? 1 : 0
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
        var tally = FigureTally(totals: world.totals, groups: world.groups)
        tally.add(recalls)
        if let worst = WorstTen(totals: world.totals) {
            tally.add(worst.expectation(of: recalls, splits: 100, &random), to: .worstTen)
        }
        return tally.draws.compactMapValues(\.first)
    }

    /// The intervals of figures over test sets from given recalls.
    private static func testSets(
        _ world: World, _ recalls: [Double], _ count: Int, _ random: inout CounterRandom
    ) -> [Figure: ConfidenceInterval] {
        var tally = FigureTally(totals: world.totals, groups: world.groups)
        let worst = WorstTen(totals: world.totals)
        for _ in 0..<count {
            let hits = world.hits(recalls, &random)
            tally.add(zip(hits, world.totals).map { Double($0) / Double($1) })
            if let worst { tally.add(worst.mean(of: hits, splits: 4, &random), to: .worstTen) }
        }
        return tally.intervals
    }
}
