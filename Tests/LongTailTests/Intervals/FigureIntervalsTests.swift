import LongTail
import Testing

@testable import LongTailImbalance

@Suite struct FigureIntervalsTests {
    @Test("The same seed gives the same intervals, another one others")
    func seeds() throws {
        let report = try hitReport([60, 30, 11], of: [100, 100, 100])
        let found = FigureIntervals(report, groups: nil, seed: 1)
        #expect(found == FigureIntervals(report, groups: nil, seed: 1))
        #expect(found != FigureIntervals(report, groups: nil, seed: 2))
    }

    @Test("One class of many images has the binomial's intervals: of its recall, and of another test set's")
    func binomial() throws {
        let found = FigureIntervals(try hitReport([3_000], of: [10_000]), groups: nil, seed: 3)
        let deviation = (0.3 * 0.7 / 10_000).squareRoot()
        let truth = try #require(found.population[.accuracy])
        #expect(abs(truth.lower - (0.3 - 1.96 * deviation)) < 0.002)
        #expect(abs(truth.upper - (0.3 + 1.96 * deviation)) < 0.002)
        // Two test sets scatter: this one and the other.
        let next = try #require(found.replication[.accuracy])
        #expect(abs(next.lower - (0.3 - 1.96 * deviation * 2.0.squareRoot())) < 0.003)
        #expect(abs(next.upper - (0.3 + 1.96 * deviation * 2.0.squareRoot())) < 0.003)
    }

    @Test("Dead and perfect classes leave room for another test set; untested ones take no part")
    func degenerate() throws {
        let report = try hitReport([0, 30, 0], of: [30, 30, 0])
        let found = FigureIntervals(report, groups: nil, seed: 1)
        let accuracy = try #require(found.replication[.accuracy])
        #expect(accuracy.lower < 0.5 && accuracy.upper > 0.5)
        #expect(found.replication[.lowestRecall]?.lower == 0)
        let zeros = try #require(found.replication[.zeroClasses])
        #expect((0...1).contains(zeros.lower) && zeros.upper == 1)
        #expect(found.population[.zeroClasses] == nil && found.population[.lowestRecall] == nil)
        #expect(found.population[.harmonicMean] != nil)
    }

    @Test("Perfect and dead test sets reach the border of what is possible") func border() throws {
        let perfect = FigureIntervals(
            try hitReport([20, 20, 20], of: [20, 20, 20]), groups: [.many, .few, .few], seed: 1)
        for (figure, interval) in perfect.population { #expect(interval.upper == 1 && interval.lower < 1, "\(figure)") }
        let dead = FigureIntervals(try hitReport([0, 0, 0], of: [20, 20, 20]), groups: nil, seed: 1)
        #expect(dead.population[.accuracy]?.lower == 0 && dead.population[.worstTen]?.lower == 0)
        #expect(dead.population[.harmonicMean]?.lower == ClassReport.recallFloor)
    }

    @Test("Where equal recalls are not refuted, H, G and the ten worst may be the accuracy") func equal() throws {
        // χ² with one degree of freedom is 2 · 6² / 25 = 2.88 and 2 · 7² / 25 = 3.92; its 95 % quantile is 3.84.
        #expect(try !hitReport([56, 44], of: [100, 100]).refutesEqualRecalls)
        #expect(try hitReport([57, 43], of: [100, 100]).refutesEqualRecalls)
        // With 99 degrees: 123.2.
        let half = Array(repeating: 55, count: 50) + Array(repeating: 45, count: 50)
        #expect(try !hitReport(half, of: Array(repeating: 100, count: 100)).refutesEqualRecalls)
        let wide = Array(repeating: 56, count: 50) + Array(repeating: 44, count: 50)
        #expect(try hitReport(wide, of: Array(repeating: 100, count: 100)).refutesEqualRecalls)
        let found = FigureIntervals(try hitReport([13, 12, 11, 12], of: [20, 20, 20, 20]), groups: nil, seed: 1)
        let highest = try #require(found.population[.accuracy]).upper
        #expect(try #require(found.population[.harmonicMean]).upper >= highest)
        #expect(try #require(found.population[.worstTen]).upper >= highest)
    }

    @Test("log Γ is scipy's") func gamma() {
        for (x, expected) in [
            (0.001, 6.907178885383853), (0.5, 0.5723649429247), (1, 0), (2.5, 0.2846828704729192),
            (7.99, 8.50501160608848), (8, 8.525161361065415), (100, 359.1342053695754), (1e6, 12815504.569147611),
        ] { #expect(abs(logGamma(x) - expected) < 1e-11 * max(1, expected), "\(x)") }
    }

    @Test("Of the true recalls nothing is said under 20 images a class, and b10 needs two of one")
    func printed() throws {
        let few = FigureIntervals(try hitReport([10, 10], of: [19, 100]), groups: nil, seed: 1)
        #expect(few.population.isEmpty && few.replication[.worstTen] != nil)
        #expect(!FigureIntervals(try hitReport([10, 10], of: [20, 100]), groups: nil, seed: 1).population.isEmpty)
        let single = FigureIntervals(try hitReport([1, 0, 1], of: [1, 1, 1]), groups: nil, seed: 1)
        #expect(single.replication[.worstTen] == nil)
        let one = FigureIntervals(try hitReport([1], of: [1]), groups: [.few], seed: 1)
        let accuracy = try #require(one.replication[.accuracy])
        #expect(accuracy.lower == 0 && accuracy.upper == 1)
        #expect(one.replication[.group(.few)] != nil && one.replication[.group(.many)] == nil)
    }

    @Test("8,142 classes of 3 images, and classes of a million") func sizes() throws {
        let many = try hitReport((0..<8142).map { $0 % 4 }, of: Array(repeating: 3, count: 8142))
        let found = FigureIntervals(many, groups: nil, seed: 1)
        #expect(try #require(found.replication[.zeroClasses]).contains(2036))
        let large = try hitReport([900_000, 10, 3], of: [1_000_000, 1_000_000, 40])
        #expect(
            try #require(FigureIntervals(large, groups: nil, seed: 1).replication[.accuracy]).contains(large.accuracy))
    }
}

@Suite struct WorstTenTests {
    private func mean(_ hits: [Int], of totals: [Int], splits: Int = 50) throws -> Double {
        var random = CounterRandom(seed: 1, purpose: .test)
        return try #require(WorstTen(totals: totals)).mean(of: hits, splits: splits, &random)
    }

    @Test("Classes without chance: five dead ones and five of the perfect ones that tie")
    func certain() throws {
        let hits = Array(repeating: 0, count: 5) + Array(repeating: 8, count: 20)
        #expect(try mean(hits, of: Array(repeating: 8, count: 25)) == 0.5)
        // With fewer than ten classes all of them are the worst; a class of one image takes no part.
        #expect(abs(try mean([0, 4, 1], of: [4, 4, 1]) - 0.5) < 1e-12)
        #expect(WorstTen(totals: [1, 1, 0]) == nil)
    }

    @Test("Of equal classes it says what they are, where the lowest recall is far below") func unbiased() throws {
        var random = CounterRandom(seed: 2, purpose: .test)
        var sum = 0.0
        for _ in 0..<200 {
            let hits = (0..<60).map { _ in random.binomial(20, 0.5) }
            sum += try mean(hits, of: Array(repeating: 20, count: 60), splits: 4)
        }
        #expect(abs(sum / 200 - 0.5) < 0.01)
    }

    @Test("Only classes are left out that no half puts among the ten worst") func candidates() throws {
        var random = CounterRandom(seed: 3, purpose: .test)
        let totals = (0..<40).map { 2 + $0 % 9 }
        let hits = totals.enumerated().map { random.binomial($1, $0 < 15 ? 0.1 : 0.8) }
        let labels = try #require(WorstTen(totals: totals)).candidates(hits)
        #expect(labels.count < 40)
        for _ in 0..<500 {
            let recalls = zip(hits, totals).map { hits, total in
                let half = total / 2 + (total.isMultiple(of: 2) ? 0 : random.below(2))
                return Double(random.hypergeometric(marked: hits, total: total, drawn: half)) / Double(half)
            }
            let tenth = recalls.sorted()[9]
            for label in recalls.indices where recalls[label] <= tenth { #expect(labels.contains(label)) }
        }
    }

    @Test("Two models share their halves, and each has its own worst") func paired() throws {
        let dead = PairedOutcomes(both: 0, firstOnly: 0, secondOnly: 10, neither: 0)
        let good = PairedOutcomes(both: 10)
        var random = CounterRandom(seed: 1, purpose: .test)
        let worst = try #require(WorstTen(totals: Array(repeating: 10, count: 20)))
        let tables = Array(repeating: dead, count: 10) + Array(repeating: good, count: 10)
        #expect(worst.means(of: tables, splits: 5, &random) == (0, 1))
    }
}

@Suite struct TestSetOutlookTests {
    @Test("Few test images a class are said before training, with how many would halve what chance makes of H")
    func few() throws {
        let outlook = try #require(TestSetOutlook(totals: Array(repeating: 5, count: 10) + [0]))
        let even = EvenClassifier(totals: Array(repeating: 5, count: 10), accuracy: 0.7)
        #expect(outlook.harmonicMean == even.harmonicMeanInterval(seed: 0, draws: 1_000))
        let halving = try #require(outlook.imagesToHalve)
        let then = EvenClassifier(totals: Array(repeating: halving, count: 10), accuracy: 0.7)
            .harmonicMeanInterval(seed: 1)
        let widths = (outlook.harmonicMean.upper - outlook.harmonicMean.lower, then.upper - then.lower)
        #expect(then.contains(0.68) && widths.1 < 0.55 * widths.0 && halving < 20)
        #expect(
            outlook.text.hasPrefix("5 test images a class (the median)") && outlook.text.contains("about \(halving)"))
    }

    @Test("From ten images on there is nothing to say, and one class, one image and 8,142 classes are no trouble")
    func border() throws {
        #expect(TestSetOutlook(totals: Array(repeating: 10, count: 10)) == nil)
        #expect(TestSetOutlook(totals: [0, 0]) == nil && TestSetOutlook(labels: []) == nil)
        let one = try #require(TestSetOutlook(labels: [4]))
        #expect(one.harmonicMean == ConfidenceInterval(lower: ClassReport.recallFloor, upper: 1))
        #expect(one.text.hasPrefix("1 test image a class"))
        // 3 images a class at 70 %: Σ C(3, k) 0.7^k 0.3^(3-k) / max(k/3, 0.001) is 28.6, so H is 3.5 %.
        let many = try #require(TestSetOutlook(totals: Array(repeating: 3, count: 8_142)))
        #expect(many.harmonicMean.contains(0.035))
    }
}

@Suite struct RecallIntervalTests {
    @Test("Wilson's interval, by hand: 0 of 2, 1 of 1, and Newcombe's published 15 of 148")
    func wilson() {
        let none = ConfidenceInterval(hits: 0, of: 2)
        #expect(none.lower == 0 && abs(none.upper - 3.841459 / 5.841459) < 1e-6)
        let one = ConfidenceInterval(hits: 1, of: 1)
        #expect(abs(one.lower - 1 / 4.841459) < 1e-6 && one.upper == 1)
        let published = ConfidenceInterval(hits: 15, of: 148)
        #expect(abs(published.lower - 0.0624) < 5e-5 && abs(published.upper - 0.1605) < 5e-5)
    }

    @Test("The change of a class with one image is anything but certain") func change() {
        // Recalls 0 and 1: reach √((1 − 0.2065)² + (0.7935 − 0)²) = 1.1221 below 1.
        let one = ConfidenceInterval(change: PairedOutcomes(secondOnly: 1))
        #expect(abs(one.lower - (1 - 2.0.squareRoot() * 0.793450)) < 1e-5 && one.upper == 1)
        let same = ConfidenceInterval(change: PairedOutcomes(both: 5, neither: 5))
        #expect(same.contains(0) && abs(same.lower + same.upper) < 1e-12)
        let better = ConfidenceInterval(change: PairedOutcomes(both: 50, secondOnly: 30, neither: 20))
        #expect(better.lower > 0.2 && better.upper < 0.4)
    }
}

@Suite struct EvenClassifierTests {
    @Test("iNaturalist 2018 at 71.6 %: 187 classes at zero and an H of 4.1 %, though no class is worse than another")
    func naturalist() {
        let even = EvenClassifier(totals: Array(repeating: 3, count: 8142), accuracy: 0.716)
        #expect(abs(even.zeroClasses - 8142 * 0.284 * 0.284 * 0.284) < 1e-9)
        #expect(even.zeroClasses.rounded() == 187)
        #expect(abs(even.harmonicMean - 0.041) < 0.0005)
        #expect(even.harmonicMeanInterval(seed: 1, draws: 100).contains(even.harmonicMean))
    }

    @Test("Never right, always right, no test image") func extremes() {
        let totals = [2, 5, 0]
        #expect(EvenClassifier(totals: totals, accuracy: 0).zeroClasses == 2)
        #expect(abs(EvenClassifier(totals: totals, accuracy: 0).harmonicMean - 1e-3) < 1e-12)
        #expect(EvenClassifier(totals: totals, accuracy: 1).harmonicMean == 1)
        #expect(EvenClassifier(totals: [0], accuracy: 0.5).harmonicMean == 0)
    }
}
