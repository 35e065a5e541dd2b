import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct ClassDrawTests {
    /// Classes of 100, 25, 0, 4 and 1 images.
    private static let counts = [100, 25, 0, 4, 1]
    private static let labels = counts.indices.flatMap { [Int](repeating: $0, count: counts[$0]) }

    @Test("Probabilities by hand: 100, 25, 0, 4, 1 images")
    func probabilities() {
        func check(_ draw: ClassDraw, _ expected: [Double], epoch: Int = 0) {
            let found = draw.probabilities(Self.counts, epoch: epoch)
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(draw): \(found)")
        }
        let natural = [100, 25, 0, 4, 1].map { $0 / 130.0 }
        check(.power(1), natural)
        check(.squareRoot, [10, 5, 0, 2, 1].map { $0 / 18.0 })
        check(.balanced, [0.25, 0.25, 0, 0.25, 0.25])
        check(.reversed, [0.01, 0.04, 0, 0.25, 1].map { $0 / 1.3 })
        check(.effectiveNumber(beta: 0), natural)
        check(.effectiveNumber(beta: 1), [0.25, 0.25, 0, 0.25, 0.25])
        // β = ½: effective numbers 2 − 2^(1 − n) → 2, 2, –, 1.875, 1.
        let half = [100 / 2.0, 25 / 2.0, 0, 4 / 1.875, 1]
        let found = ClassDraw.effectiveNumber(beta: 0.5).probabilities(Self.counts)
        #expect(zip(found, half).allSatisfy { abs($0 - $1 / half.reduce(0, +)) < 1e-7 })
        check(.progressive(epochs: 10), natural)
        check(.progressive(epochs: 10), zip(natural, [1, 1, 0, 1, 1]).map { 0.7 * $0 + 0.3 * $1 / 4 }, epoch: 3)
        check(.progressive(epochs: 10), [0.25, 0.25, 0, 0.25, 0.25], epoch: 10)
        check(.progressive(epochs: 10), [0.25, 0.25, 0, 0.25, 0.25], epoch: 99)
        #expect(ClassDraw.balanced.probabilities([0, 0]) == [0, 0])
    }

    @Test(
        "Classes come as often as their probabilities say",
        arguments: [
            ClassDraw.power(1), .squareRoot, .balanced, .reversed, .effectiveNumber(beta: 0.9), .progressive(epochs: 4),
        ], ClassDrawSampler.Pick.allCases)
    func frequencies(draw: ClassDraw, pick: ClassDrawSampler.Pick) throws {
        let sampler = try ClassDrawSampler(
            labels: Self.labels, classCount: 5, draw: draw, pick: pick, length: 20_000)
        let order = sampler.order(epoch: 2, seed: 5)
        #expect(order.count == 20_000)
        let expected = draw.probabilities(Self.counts, epoch: 2).map { $0 * 20_000 }
        let found = (0..<5).map { label in Double(order.count { Self.labels[$0] == label }) }
        #expect(found[2] == 0)
        // χ² with 3 degrees of freedom: 16.3 at 0.1 %.
        let chi = zip(found, expected).filter { $1 > 0 }.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
        #expect(chi < 16.3, "\(found) for \(expected)")
    }

    @Test("Inside a class images come equally often; in turn, none twice before all have come")
    func images() throws {
        let labels = [Int](repeating: 0, count: 50)
        let random = try ClassDrawSampler(labels: labels, classCount: 1, draw: .balanced, length: 50_000)
        var counts = [Double](repeating: 0, count: 50)
        for index in random.order(epoch: 0, seed: 1) { counts[index] += 1 }
        // χ² with 49 degrees of freedom: 85.4 at 0.1 %.
        #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 85.4)
        let turns = try ClassDrawSampler(
            labels: Self.labels, classCount: 5, draw: .balanced, pick: .inTurn, length: 900)
        let head = turns.order(epoch: 0, seed: 1).filter { Self.labels[$0] == 0 }
        #expect(head.count > 150 && Set(head[..<100]).count == 100)
    }

    @Test("Draws are functions of seed and epoch, and a partner's are others")
    func function() throws {
        func order(_ purpose: CounterRandom.Purpose, _ epoch: Int, _ seed: UInt64) throws(LongTailError) -> [Int] {
            try ClassDrawSampler(labels: Self.labels, classCount: 5, draw: .reversed, purpose: purpose)
                .order(epoch: epoch, seed: seed)
        }
        let base = try order(.order, 3, 8)
        #expect(base.count == 130)
        #expect(try order(.order, 3, 8) == base)
        #expect(try order(.order, 4, 8) != base && order(.order, 3, 9) != base && order(.partner, 3, 8) != base)
    }

    @Test("Odd inputs give empty orders or a failure, never a trap")
    func odd() throws {
        func order(_ labels: [Int], _ classes: Int, length: Int? = 9) throws(LongTailError) -> [Int] {
            try ClassDrawSampler(labels: labels, classCount: classes, draw: .reversed, length: length)
                .order(epoch: 0, seed: 0)
        }
        #expect(try order([], 3).isEmpty && order([7, -1], 3).isEmpty && order([0], -1).isEmpty)
        #expect(try order([0], 1, length: -9).isEmpty && order([0, 9], 1).allSatisfy { $0 == 0 })
        for draw in [ClassDraw.power(.nan), .power(99), .effectiveNumber(beta: 2), .progressive(epochs: 0)] {
            #expect(
                refusal { () throws in
                    _ = try ClassDrawSampler(labels: [0], classCount: 1, draw: draw)
                }?.kind == .usage)
        }
        // The most extreme powers neither overflow nor vanish into NaN.
        for q in [-10.0, 10] {
            let found = ClassDraw.power(q).probabilities([1_000_000, 1])
            #expect(abs(found.reduce(0, +) - 1) < 1e-12)
        }
    }
}

@Suite struct WeightedSamplerTests {
    @Test("Samples come in proportion to their weights, and never at weight 0")
    func frequencies() throws {
        let weights = [0, 1, 2, 0, 7, 0] as [Double]
        let order = try WeightedSampler(weights: weights, length: 20_000).order(epoch: 1, seed: 3)
        let found = weights.indices.map { index in Double(order.count { $0 == index }) }
        #expect(found[0] == 0 && found[3] == 0 && found[5] == 0)
        // χ² with 2 degrees of freedom: 13.8 at 0.1 %.
        let chi = zip(found, weights).filter { $1 > 0 }.reduce(0) {
            $0 + ($1.0 - 2000 * $1.1) * ($1.0 - 2000 * $1.1) / (2000 * $1.1)
        }
        #expect(chi < 13.8, "\(found)")
    }

    @Test("CMO's weights, 1/n_c an image, draw every class equally often")
    func foreground() throws {
        let labels = [Int](repeating: 0, count: 90) + [Int](repeating: 1, count: 10)
        let sampler = try WeightedSampler(weights: labels.map { $0 == 0 ? 1 / 90.0 : 1 / 10.0 }, length: 10_000)
        let tail = sampler.order(epoch: 0, seed: 0).count { labels[$0] == 1 }
        // 5000, standard deviation 50.
        #expect(4800...5200 ~= tail)
    }

    @Test("Draws are functions of seed, epoch and purpose; bad weights are refused")
    func corners() throws {
        let sampler = try WeightedSampler(weights: [1, 1, 1, 1])
        #expect(sampler.length == 4)
        let long = try WeightedSampler(weights: [1, 1, 1, 1], length: 100)
        let base = long.order(epoch: 0, seed: 0)
        #expect(long.order(epoch: 0, seed: 0) == base && long.order(epoch: 1, seed: 0) != base)
        let partner = try WeightedSampler(weights: [1, 1, 1, 1], length: 100, purpose: .partner)
        #expect(partner.order(epoch: 0, seed: 0) != base)
        #expect(try WeightedSampler(weights: []).order(epoch: 0, seed: 0).isEmpty)
        #expect(try WeightedSampler(weights: [0], length: -1).order(epoch: 0, seed: 0).isEmpty)
        for weights in [[0], [1, -1], [.nan], [.infinity], [.greatestFiniteMagnitude, .greatestFiniteMagnitude], []]
            as [[Double]]
        {
            #expect(refusal { () throws in _ = try WeightedSampler(weights: weights, length: 3) } != nil)
        }
    }
}
