import Dispatch
import Synchronization

@testable import LongTail
@testable import LongTailImbalance

/// How often two models get a star: by chance when they are equally good in every class, and when one is better.
struct Stars {
    let world: World
    let repetitions: Int
    /// Stars of each figure.
    private(set) var stars: [Figure: Int] = [:]
    /// Repetitions in which the true difference lies in the population's interval, and in which there is one.
    private(set) var held: [Figure: Int] = [:]
    private(set) var printed = 0
    /// Repetitions in which another test set's difference lies in the replication interval.
    private(set) var next: [Figure: Int] = [:]
    /// Repetitions in which McNemar's test calls the accuracies different at 5 %.
    private(set) var mcNemar = 0

    /// - Parameter gain: What the second model makes right of the first's errors in the last third of the classes.
    init(_ world: World, gain: Double, repetitions: Int) throws {
        (self.world, self.repetitions) = (world, repetitions)
        let counts = Mutex(
            (stars: [Figure: Int](), held: [Figure: Int](), next: [Figure: Int](), printed: 0, mcNemar: 0))
        DispatchQueue.concurrentPerform(iterations: repetitions) { repetition in
            var random = CounterRandom(seed: 15, purpose: .test, epoch: repetition, index: world.totals.count)
            let first = world.truth(&random)
            let second = first.enumerated().map { index, recall in
                recall + (3 * index >= 2 * first.count ? gain * (1 - recall) : 0)
            }
            func testSet() -> [PairedOutcomes] {
                world.totals.indices.map { Self.table(world.totals[$0], first[$0], second[$0], &random) }
            }
            let tables = testSet()
            let found = PairedIntervals(
                tables, groups: world.groups, bearsPopulation: world.fewest >= ClassReport.imagesForPopulation,
                seed: UInt64(repetition))
            let figures = FiguresOfRecalls(totals: world.totals, groups: world.groups)
            let worst = WorstTen(totals: world.totals)
            func truth(_ recalls: [Double]) -> [Figure: Double] {
                var found = figures(recalls)
                found[.worstTen] = worst?.expectation(of: recalls, splits: 100, &random)
                return found
            }
            let differences = truth(first).merging(truth(second)) { $1 - $0 }
            let another = testSet()
            func printed(_ hits: (PairedOutcomes) -> Int) -> [Figure: Double] {
                let drawn = another.map(hits)
                var found = figures(zip(drawn, world.totals).map { Double($0) / Double($1) })
                found[.worstTen] = worst?.mean(of: drawn, splits: 100, &random)
                return found
            }
            let others = printed(\.firstHits).merging(printed(\.secondHits)) { $1 - $0 }
            let (one, other) = (tables.reduce(0) { $0 + $1.firstOnly }, tables.reduce(0) { $0 + $1.secondOnly })
            counts.withLock {
                for (figure, interval) in found.replication {
                    guard let value = others[figure] else { continue }
                    if interval.lower - 1e-12 <= value, value <= interval.upper + 1e-12 {
                        $0.next[figure, default: 0] += 1
                    }
                }
                if !found.population.isEmpty { $0.printed += 1 }
                for (figure, interval) in found.population {
                    if found.significant.contains(figure) { $0.stars[figure, default: 0] += 1 }
                    guard let value = differences[figure] else { continue }
                    if interval.lower - 1e-12 <= value, value <= interval.upper + 1e-12 {
                        $0.held[figure, default: 0] += 1
                    }
                }
                // χ² with one degree of freedom, 95 %.
                if one + other > 0, Double((one - other) * (one - other)) > 3.841459 * Double(one + other) {
                    $0.mcNemar += 1
                }
            }
        }
        (stars, held, next, printed, mcNemar) = counts.withLock { $0 }
    }

    /// Errors are correlated: 60 % of the images are equally hard for both models.
    private static func table(
        _ total: Int, _ first: Double, _ second: Double, _ random: inout CounterRandom
    ) -> PairedOutcomes {
        var table = PairedOutcomes()
        for _ in 0..<total {
            let point = random.uniform()
            let other = random.uniform() < 0.6 ? point : random.uniform()
            switch (point < first, other < second) {
            case (true, true): table.both += 1
            case (true, false): table.firstOnly += 1
            case (false, true): table.secondOnly += 1
            case (false, false): table.neither += 1
            }
        }
        return table
    }
}
