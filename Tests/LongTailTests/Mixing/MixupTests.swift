import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct MixupTests {
    private let count = 8

    private func mixup(seed: UInt64 = 1, epoch: Int = 2, step: Int = 3) throws -> Mixup {
        try #require(try Mixup(alpha: 0.4, count: count, seed: seed, epoch: epoch, step: step))
    }

    /// λ I + (1 − λ) P: what mixing makes of the unit vectors, rows of which are images.
    private func matrix(_ mixup: Mixup) throws(LongTailError) -> [Double] {
        let unit = (0..<count * count).map { $0 % (count + 1) == 0 ? 1.0 : 0.0 }
        return try mixup.images(Tensor(unit, shape: [count, count])).array()
    }

    @Test("Weight and permutation are a function of seed, epoch and step") func function() throws {
        let first = try mixup()
        let again = try mixup()
        #expect(again.weight == first.weight)
        #expect(try matrix(again) == matrix(first))
        for other in [try mixup(seed: 2), try mixup(epoch: 3), try mixup(step: 4)] {
            #expect(other.weight != first.weight)
            #expect(try matrix(other) != matrix(first))
        }
        #expect(try Mixup(alpha: 0, count: count, seed: 1, epoch: 2, step: 3) == nil)
    }

    @Test("Images and loss are mixed with the same weight and partner") func mixing() throws {
        for step in 0..<20 {
            let mixup = try mixup(step: step)
            #expect((0...1).contains(mixup.weight))
            // The partner of row i, read off the matrix.
            let rows = try matrix(mixup)
            let partners = (0..<count).map { row in
                let entries = rows[row * count..<(row + 1) * count]
                #expect(abs(entries.reduce(0, +) - 1) < 1e-12)
                let partner = entries.indices.first { $0 % count != row && rows[$0] != 0 }.map { $0 % count } ?? row
                #expect(abs(rows[row * count + row] - (partner == row ? 1 : mixup.weight)) < 1e-12)
                return partner
            }
            #expect(partners.sorted() == Array(0..<count))
            let logits = try Formula.tensor(10, [count, 10])
            let labels = (0..<count).map { $0 % 10 }
            let loss = CrossEntropyLoss()
            let expected =
                try mixup.weight * loss(logits, Tensor(labels)).item()
                + (1 - mixup.weight) * loss(logits, Tensor(partners.map { labels[$0] })).item()
            #expect(abs(try mixup.loss(loss, logits, Tensor(labels)).item() - expected) < 1e-12)
        }
    }

    @Test("The weight follows Beta(α, α): mean 1/2, variance 1/(4 (2α + 1))") func beta() throws {
        let weights = try (0..<2000).map { try mixup(step: $0).weight }
        let mean = weights.reduce(0, +) / 2000
        let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2000
        // Four standard errors of the mean; a tenth of the variance.
        #expect(abs(mean - 0.5) < 4 * (0.1389 / 2000).squareRoot())
        #expect(abs(variance - 1 / (4 * 1.8)) < 0.014)
    }
}
