import Basics
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
}
