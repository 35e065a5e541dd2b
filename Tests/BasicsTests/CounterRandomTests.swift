import LongTailBasics
import Testing

@Suite struct CounterRandomTests {
    @Test("The numbers are Philox's, as an independent program computes them (philox.py)") func philox() {
        var random = CounterRandom(seed: 0x0123_4567_89AB_CDEF, purpose: .test, epoch: 5, index: 7)
        #expect(
            (0..<4).map { _ in random.next() } == [
                0x9A7A_21A0_096E_1CDD, 0x389C_E950_6627_F4C4, 0xEE9E_16A1_7B66_2BB0, 0x1832_EF06_AFC8_6BF1,
            ])
    }

    @Test("A permutation holds every index once, and another seed gives another") func permutation() {
        func order(_ seed: UInt64) -> [Int] {
            var random = CounterRandom(seed: seed, purpose: .test)
            return random.permutation(100)
        }
        #expect(order(1).sorted() == Array(0..<100))
        #expect(order(1) == order(1))
        #expect(order(1) != order(2))
    }

    @Test("Means and variances are those of the distributions") func moments() {
        var random = CounterRandom(seed: 3, purpose: .test)
        func moments(_ draw: () -> Double) -> (Double, Double) {
            let values = (0..<20_000).map { _ in draw() }
            let mean = values.reduce(0, +) / 20_000
            return (mean, values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000)
        }
        let (normal, one) = moments { random.normal() }
        #expect(abs(normal) < 0.03 && abs(one - 1) < 0.05)
        // Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)).
        for alpha in [0.2, 1.0, 4.0] {
            let (mean, variance) = moments { random.beta(alpha) }
            #expect(abs(mean - 0.5) < 0.02 && abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.01)
        }
        let (below, _) = moments { Double(random.below(7)) }
        #expect(abs(below - 3) < 0.06)
    }

    @Test("Gamma numbers have mean and variance of their shape, below and above 1") func gamma() {
        var random = CounterRandom(seed: 4, purpose: .test)
        for shape in [0.3, 1.0, 5.0] {
            let values = (0..<20_000).map { _ in random.gamma(shape) }
            let mean = values.reduce(0, +) / 20_000
            let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
            // Four standard errors of the mean; the variance's are wider, its kurtosis being 6 / shape.
            #expect(abs(mean - shape) < 4 * (shape / 20_000).squareRoot())
            #expect(abs(variance - shape) < 4 * shape * ((2 + 6 / shape) / 20_000).squareRoot())
            #expect(values.allSatisfy { $0 >= 0 && $0.isFinite })
        }
    }

    @Test("Beta numbers of a tiny alpha are 0 or 1, never no number") func tinyBeta() {
        var random = CounterRandom(seed: 5, purpose: .test)
        let values = (0..<1000).map { _ in random.beta(1e-5) }
        #expect(values.allSatisfy { (0...1).contains($0) })
        #expect((400...600).contains(values.count { $0 > 0.5 }))
    }

    @Test("Uniform integers fill their range evenly, and uniform numbers stay in theirs") func uniform() {
        var random = CounterRandom(seed: 6, purpose: .test)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<20_000 { counts[random.below(10)] += 1 }
        // Chi-square of 9 degrees of freedom: 27.9 at 0.1 %.
        #expect(counts.reduce(0.0) { $0 + Double(($1 - 2000) * ($1 - 2000)) / 2000 } < 27.9)
        #expect(random.below(1) == 0 && random.below(0) == 0)
        let values = (0..<1000).map { _ in random.uniform(-2..<3) }
        #expect(values.allSatisfy { (-2..<3).contains($0) })
        #expect(values.contains { $0 < -1.9 } && values.contains { $0 > 2.9 })
    }

    @Test("Seed, purpose, epoch and index each lead to other numbers") func streams() {
        var first: Set<UInt64> = []
        var count = 0
        for seed in [0, 1, 1 << 40] as [UInt64] {
            for purpose in CounterRandom.Purpose.allCases {
                for (epoch, index) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch, index: index)
                    first.insert(random.next())
                    count += 1
                }
            }
        }
        #expect(first.count == count)
    }
}
