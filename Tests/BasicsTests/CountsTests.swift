import Foundation
import LongTailBasics
import Testing

@Suite struct CountsTests {
    /// C(n, k), as a product.
    private func choose(_ n: Int, _ k: Int) -> Double {
        guard k >= 0, k <= n else { return 0 }
        return (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    }

    /// Every count's share of 40,000 draws lies within five deviations of its probability.
    private func expect(_ probability: (Int) -> Double, upTo most: Int, draw: () -> Int) {
        let draws = 40_000
        var shares = [Double](repeating: 0, count: most + 1)
        for _ in 0..<draws { shares[draw()] += 1 / Double(draws) }
        for (count, share) in shares.enumerated() {
            let expected = probability(count)
            let deviation = (expected * (1 - expected) / Double(draws)).squareRoot()
            #expect(abs(share - expected) <= 5 * deviation + 1e-4, "\(count): \(share) for \(expected)")
        }
    }

    @Test(
        "Successes of trials are binomial",
        arguments: [(1, 0.5), (5, 0.03), (20, 0.15), (20, 0.4), (50, 0.5), (100, 0.3), (100, 0.97), (900, 0.02)])
    func binomial(_ trials: Int, _ share: Double) {
        var random = CounterRandom(seed: 3, purpose: .test, index: trials)
        expect(
            { choose(trials, $0) * pow(share, Double($0)) * pow(1 - share, Double(trials - $0)) }, upTo: trials
        ) { random.binomial(trials, share) }
    }

    @Test(
        "Marked ones among drawn ones are hypergeometric",
        arguments: [(1, 2, 1), (3, 10, 5), (25, 100, 50), (90, 100, 50), (7, 7, 3), (4, 300, 150), (140, 300, 20)])
    func hypergeometric(_ marked: Int, _ total: Int, _ drawn: Int) {
        var random = CounterRandom(seed: 4, purpose: .test, index: total)
        expect(
            { choose(marked, $0) * choose(total - marked, drawn - $0) / choose(total, drawn) }, upTo: drawn
        ) { random.hypergeometric(marked: marked, total: total, drawn: drawn) }
    }

    @Test("Counts of many have their mean and deviation")
    func many() {
        var random = CounterRandom(seed: 5, purpose: .test)
        func expect(_ mean: Double, _ variance: Double, _ draw: () -> Int) {
            let found = (0..<2_000).map { _ in Double(draw()) }
            let own = found.reduce(0, +) / 2_000
            #expect(abs(own - mean) < 5 * (variance / 2_000).squareRoot())
            let spread = found.reduce(0) { $0 + ($1 - own) * ($1 - own) } / 2_000
            #expect(abs(spread / variance - 1) < 5 * (2.0 / 2_000).squareRoot())
        }
        expect(300_000, 210_000) { random.binomial(1_000_000, 0.3) }
        expect(300, 300.0 * 0.7 * 1000 / 1999) { random.hypergeometric(marked: 600, total: 2_000, drawn: 1_000) }
        #expect(random.binomial(10, 0) == 0 && random.binomial(10, 1) == 10 && random.binomial(0, 0.5) == 0)
    }
}
