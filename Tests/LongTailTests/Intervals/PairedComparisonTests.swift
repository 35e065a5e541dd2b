import Testing

@testable import LongTail
@testable import LongTailImbalance

@Suite struct PairedComparisonTests {
    private func predictions(_ targets: [Int32], _ predicted: [Int32], classes: Int) throws -> PredictionTable {
        try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: targets, predicted: predicted,
            confidence: Array(repeating: 0.5, count: targets.count))
    }

    @Test("A model compared with itself differs by nothing, without a star")
    func itself() throws {
        let targets = (0..<300).map { Int32($0 % 3) }
        let table = try predictions(targets, (0..<300).map { Int32(($0 * $0 / 7) % 3) }, classes: 3)
        for difference in try PairedComparison(table, table, groups: nil, seed: 1).differences.values {
            #expect(difference.value == 0)
            #expect(difference.replication.contains(0))
            #expect(!difference.isSignificant)
        }
    }

    @Test("Swapping the models swaps the sign of what is compared")
    func swapped() throws {
        let targets = (0..<400).map { Int32($0 % 2) }
        let good = try predictions(targets, targets.enumerated().map { $0 % 10 == 0 ? 1 - $1 : $1 }, classes: 2)
        let bad = try predictions(targets, targets.enumerated().map { $0 % 3 == 0 ? 1 - $1 : $1 }, classes: 2)
        let up = try #require(try PairedComparison(bad, good, groups: nil, seed: 1).differences[.accuracy])
        let down = try #require(try PairedComparison(good, bad, groups: nil, seed: 1).differences[.accuracy])
        #expect(up.value == -down.value)
        #expect(try #require(up.population).lower > 0)
        #expect(try #require(down.population).upper < 0)
        #expect(up.isSignificant && down.isSignificant)
    }

    @Test("Without 20 images of every class there is no star, however large the difference")
    func unknown() throws {
        let targets = (0..<38).map { Int32($0 % 2) }
        let good = try predictions(targets, targets, classes: 2)
        let bad = try predictions(targets, targets.map { 1 - $0 }, classes: 2)
        let found = try #require(try PairedComparison(bad, good, groups: nil, seed: 1).differences[.accuracy])
        #expect(found.population == nil && !found.isSignificant && found.replication.lower > 0.5)
    }

    @Test("Other images cannot be compared in pairs")
    func otherImages() throws {
        let first = try predictions([0, 1], [0, 1], classes: 2)
        let second = try predictions([1, 0], [0, 1], classes: 2)
        #expect(throws: LongTailError.self) { try PairedComparison(first, second, groups: nil, seed: 1) }
        #expect(throws: LongTailError.self) { try ClassChanges(first, second) }
    }

    @Test("Of one class's accuracy the test is McNemar's exact one, mid-p")
    func exact() throws {
        // 2 and 9 disagreements: 2 · (C(11,0) + C(11,1)) + C(11,2) of 2^11 are beyond, half of those as large counted.
        let table = PairedOutcomes(both: 10, firstOnly: 2, secondOnly: 9, neither: 9)
        let test = PairedRandomization([table], figures: PairedFigures(totals: [30], groups: nil), seed: 3)
        let probability = try #require(test.probability[.accuracy])
        // Five standard deviations of 1,000 throws.
        #expect(abs(probability - 79.0 / 2048) < 5 * (0.0386 * 0.96 / 1000).squareRoot())
        #expect(abs(try #require(test.observed[.accuracy]) - 7.0 / 30) < 1e-12)
    }

    @Test("Drawn recalls of each model are spread as for it alone, and tied by the images that both saw")
    func tied() throws {
        let table = PairedOutcomes(both: 40, firstOnly: 5, secondOnly: 5, neither: 50)
        let tables = Array(repeating: table, count: 30)
        let figures = PairedFigures(totals: tables.map(\.total), groups: nil)
        let draws = PairedDraws(
            tables, groups: tables.map { _ in 0 }, figures: figures, bearsPopulation: true, seed: 5)
        let moments = try #require(FigureMoments.of(draws.truth)[.accuracy])
        let report = try ClassReport(
            classNames: tables.indices.map { "c\($0)" }, hits: tables.map(\.firstHits), totals: tables.map(\.total),
            calibrationError: 0, classwiseCalibrationError: 0)
        let alone = try #require(FigureIntervals(report, groups: nil, seed: 5).population[.accuracy])
        let width = 2 * 1.96 * moments.first.squareRoot()
        #expect(abs(width / (alone.upper - alone.lower) - 1) < 0.15)
        // By hand, of one image: (0.4 − 0.45²) / (0.45 · 0.55) = 0.798; resampling finds it.
        let sampling = PairedResampling(tables, figures: figures, seed: 5).correlation
        #expect(abs(try #require(sampling[.accuracy]) - 0.798) < 0.1)
        // Two test sets from the draws are at least as tied as nothing, at most as the images are.
        let next = try #require(FigureMoments.of(draws.next)[.accuracy])
        #expect(next.correlation > 0.2 && next.correlation < 0.9)
    }

    @Test("A star stands where the population interval excludes zero, and nowhere else", arguments: 0..<12)
    func consistent(_ seed: Int) throws {
        var random = CounterRandom(seed: 31, purpose: .test, epoch: seed)
        let tables = (0..<12).map { _ in
            let gain = Double(seed) / 40
            let recall = 0.2 + 0.5 * random.uniform()
            let (both, firstOnly) = (random.binomial(20, recall), random.binomial(6, 0.5))
            let secondOnly = min(34 - both - firstOnly, firstOnly + random.binomial(10, gain))
            return PairedOutcomes(
                both: both, firstOnly: firstOnly, secondOnly: secondOnly, neither: 34 - both - firstOnly - secondOnly)
        }
        let found = PairedIntervals(tables, groups: nil, bearsPopulation: true, seed: UInt64(seed))
        #expect(found.population.count == 4)
        for (figure, interval) in found.population {
            let holdsZero = interval.lower < 0 && interval.upper > 0
            if found.significant.contains(figure) { #expect(!holdsZero, "\(figure)") }
            if interval.lower > 0 || interval.upper < 0 { #expect(found.significant.contains(figure), "\(figure)") }
        }
    }
}
