import LongTail
import Testing

@Suite struct BootstrapTests {
    private func predictions(_ targets: [Int32], _ predicted: [Int32], classes: Int) throws -> PredictionTable {
        try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: targets, predicted: predicted,
            confidence: Array(repeating: 0.5, count: targets.count))
    }

    @Test("A model compared with itself differs by nothing, without a star")
    func itself() throws {
        let targets = (0..<300).map { Int32($0 % 3) }
        let table = try predictions(targets, (0..<300).map { Int32(($0 * $0 / 7) % 3) }, classes: 3)
        let paired = try PairedComparison(table, table, seed: 1).differences
        for difference in [paired.accuracy, paired.harmonicMean, paired.geometricMean, paired.lowestRecall] {
            #expect(difference.value == 0)
            #expect(difference.interval == ConfidenceInterval(lower: 0, upper: 0))
            #expect(!difference.isSignificant)
        }
    }

    @Test("Swapping the models swaps the sign of what is compared")
    func swapped() throws {
        let targets = (0..<400).map { Int32($0 % 2) }
        let good = try predictions(targets, targets.enumerated().map { $0 % 10 == 0 ? 1 - $1 : $1 }, classes: 2)
        let bad = try predictions(targets, targets.enumerated().map { $0 % 3 == 0 ? 1 - $1 : $1 }, classes: 2)
        let (up, down) = (try PairedComparison(bad, good, seed: 1), try PairedComparison(good, bad, seed: 1))
        #expect(up.differences.accuracy.value == -down.differences.accuracy.value)
        #expect(up.differences.accuracy.interval.lower > 0)
        #expect(down.differences.accuracy.interval.upper < 0)
        #expect(up.differences.accuracy.isSignificant && down.differences.accuracy.isSignificant)
    }

    @Test("The same seed gives the same interval, another one another")
    func seeds() throws {
        let report = try hitReport([60, 30, 11], of: [100, 100, 100])
        #expect(Bootstrap.intervals(report, seed: 1) == Bootstrap.intervals(report, seed: 1))
        #expect(Bootstrap.intervals(report, seed: 1) != Bootstrap.intervals(report, seed: 2))
    }

    @Test("The interval of one class's recall is the binomial one")
    func binomial() throws {
        let interval = Bootstrap.intervals(try hitReport([300], of: [1000]), seed: 3, replicates: 20_000).accuracy
        // 0.3 ± 1.96 · sqrt(0.3 · 0.7 / 1000).
        #expect(abs(interval.lower - 0.2716) < 0.002)
        #expect(abs(interval.upper - 0.3284) < 0.002)
    }

    @Test("95 % intervals of the accuracy cover the truth about 95 times in 100")
    func coverage() throws {
        let truths = [0.8, 0.5, 0.3]
        var covered = 0
        for trial in 0..<400 {
            var random = CounterRandom(seed: 1, purpose: .test, epoch: trial)
            let hits = truths.map { truth in (0..<60).count { _ in random.uniform() < truth } }
            let interval = Bootstrap.intervals(
                try hitReport(hits, of: [60, 60, 60]), seed: UInt64(trial), replicates: 400
            ).accuracy
            covered += interval.contains(truths.reduce(0, +) / 3) ? 1 : 0
        }
        // Four standard deviations of Binomial(400, 0.95) are 17.
        #expect((360...395).contains(covered), "\(covered) of 400")
    }

    @Test("Dead and perfect classes have no spread; untested ones take no part")
    func degenerate() throws {
        let figures = Bootstrap.intervals(try hitReport([0, 7, 0], of: [5, 7, 0]), seed: 1)
        #expect(figures.accuracy == ConfidenceInterval(lower: 7.0 / 12, upper: 7.0 / 12))
        #expect(figures.lowestRecall == ConfidenceInterval(lower: 0, upper: 0))
        #expect(abs(figures.harmonicMean.lower - 2 / 1001.0) < 1e-12)
    }

    @Test("Classes at zero, group means and ECE have the intervals of their distributions")
    func further() throws {
        // Class 0 is dead, class 1 has one hit of 2 (none with probability 1/4), class 2 30 of 100, class 3 is untested.
        let targets: [Int32] = [0, 0, 0, 1, 1] + Array(repeating: 2, count: 100)
        let predicted: [Int32] = [1, 1, 1, 1, 0] + (0..<100).map { $0 < 30 ? 2 : 0 }
        let table = try predictions(targets, predicted, classes: 4)
        let report = try hitReport([0, 1, 30, 0], of: [3, 2, 100, 0])
        let groups: [ShotGroup] = [.few, .few, .many, .medium]
        let found = Bootstrap.further(report, table, groups: groups, seed: 3, replicates: 20_000)
        #expect(found.zeroClasses == ConfidenceInterval(lower: 1, upper: 2))
        #expect(Set(found.groups.keys) == [.many, .few])
        #expect(found.groups[.few] == ConfidenceInterval(lower: 0, upper: 0.5))
        // 0.3 ± 1.96 · sqrt(0.3 · 0.7 / 100).
        let many = try #require(found.groups[.many])
        #expect(abs(many.lower - 0.21) < 0.011 && abs(many.upper - 0.39) < 0.011)
        // All confidences are 0.5, so that one bin holds everything: ECE is 0.5 − accuracy, accuracy 31/105 ± 0.086.
        let error = try #require(found.calibrationError)
        #expect(abs(error.lower - (0.5 - 31.0 / 105 - 0.086)) < 0.01)
        #expect(abs(error.upper - (0.5 - 31.0 / 105 + 0.086)) < 0.01)
    }

    @Test("Two bins do not balance each other's errors") func bins() throws {
        // Certain and always wrong, impossible and always right: the mean confidence is the accuracy, the ECE is not 0.
        let table = try PredictionTable(
            classNames: ["a", "b"], targets: [0, 0, 1, 1], predicted: [1, 1, 1, 1], confidence: [1, 1, 0, 0])
        let found = Bootstrap.further(
            try hitReport([0, 2], of: [2, 2]), table, groups: [.many, .many], seed: 1, replicates: 50)
        #expect(found.calibrationError == ConfidenceInterval(lower: 1, upper: 1))
        #expect(found.zeroClasses == ConfidenceInterval(lower: 1, upper: 1))
    }

    @Test("Other images cannot be compared in pairs")
    func otherImages() throws {
        let first = try predictions([0, 1], [0, 1], classes: 2)
        let second = try predictions([1, 0], [0, 1], classes: 2)
        #expect(throws: LongTailError.self) { try PairedComparison(first, second, seed: 1) }
    }
}
