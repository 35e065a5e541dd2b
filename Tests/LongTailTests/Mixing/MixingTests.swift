import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct CutMixTests {
    @Test("The box is even-sided, clipped, and its share is counted in pixels")
    func box() {
        // √(1 − 0.75) = ½: 5 and 4 pixels of 10 and 8, cut to the halves 2 and 2.
        let inside = CutMix(lambda: 0.75, row: 5, column: 4, height: 10, width: 8)
        #expect(inside.rows == 3..<7 && inside.columns == 2..<6 && inside.share == 1 - 16 / 80.0)
        let corner = CutMix(lambda: 0.75, row: 0, column: 7, height: 10, width: 8)
        #expect(corner.rows == 0..<2 && corner.columns == 5..<8 && corner.share == 1 - 6 / 80.0)
        let none = CutMix(lambda: 1, row: 3, column: 3, height: 10, width: 8)
        #expect(none.rows.isEmpty && none.share == 1)
        let all = CutMix(lambda: 0, row: 5, column: 4, height: 10, width: 8)
        #expect(all.share == 0 && all.rows == 0..<10 && all.columns == 0..<8)
    }

    @Test("Exactly the box comes from the foreground; the background stays as it was")
    func pasting() throws {
        let mix = CutMix(lambda: 0.5, row: 1, column: 2, height: 4, width: 6)
        let (zeros, ones) = (try Tensor.zeros([2, 3, 4, 6]), try Tensor.ones([2, 3, 4, 6]))
        let mixed: [Float] = try mix.images(background: zeros, foreground: ones).array()
        for index in mixed.indices {
            let (row, column) = (index / 6 % 4, index % 6)
            #expect(mixed[index] == (mix.rows.contains(row) && mix.columns.contains(column) ? 1 : 0))
        }
        #expect(abs(mixed.reduce(0, +) / 144 - Float(1 - mix.share)) < 1e-6)
        #expect(try zeros.sum().item() == 0)
        let empty = CutMix(lambda: 1, row: 1, column: 2, height: 4, width: 6)
        #expect(try empty.images(background: zeros, foreground: ones).sum().item() == 0)
        let narrow = try Tensor.ones([2, 3, 4, 5])
        #expect(refusal { () throws in _ = try mix.images(background: narrow, foreground: narrow) } != nil)
        #expect(refusal { () throws in _ = try mix.images(background: zeros, foreground: narrow) } != nil)
    }

    @Test("A step's box is a function of seed, epoch and step; without borders the share is λ on average")
    func draws() throws {
        func box(_ epoch: Int, _ step: Int, _ seed: UInt64 = 1) throws(LongTailError) -> CutMix {
            try CutMix(height: 32, width: 32, seed: seed, epoch: epoch, step: step)
        }
        #expect(try box(3, 4) == box(3, 4))
        #expect(try box(3, 4) != box(3, 5) && box(3, 4) != box(4, 4) && box(3, 4) != box(3, 4, 2))
        var shares: [Double] = []
        for step in 0..<2000 { shares.append(try box(0, step).share) }
        #expect(shares.allSatisfy { 0...1 ~= $0 })
        // Beta(1, 1) has the mean ½; clipping keeps more of the background.
        let mean = shares.reduce(0, +) / 2000
        #expect(0.55...0.75 ~= mean, "\(mean)")
        #expect(
            refusal { () throws in
                _ = try CutMix(alpha: 0, height: 2, width: 2, seed: 0, epoch: 0, step: 0)
            } != nil)
        #expect(
            refusal { () throws in _ = try CutMix(height: 0, width: 2, seed: 0, epoch: 0, step: 0) } != nil)
    }

    @Test("CMO mixes half of the steps between the fifth epoch and the last three")
    func schedule() {
        func used(_ epoch: Int) -> Int {
            (0..<1000).count { CutMix.isUsed(epoch: epoch, of: 200, seed: 1, step: $0) }
        }
        #expect(used(3) == 0 && used(197) == 0)
        // 500, standard deviation 16.
        #expect(430...570 ~= used(4) && 430...570 ~= used(196))
    }
}

@Suite struct RemixTests {
    @Test("The label goes to the smaller class when the picture is mostly of the larger one")
    func rule() throws {
        let remix = try Remix(LossInputs.counts([300, 100, 99]))
        #expect(try remix.share(0, 1, lambda: 0.4) == 0 && remix.share(0, 1, lambda: 0.5) == 0.5)
        #expect(try remix.share(1, 0, lambda: 0.6) == 1 && remix.share(1, 0, lambda: 0.5) == 0.5)
        #expect(try remix.share(1, 2, lambda: 0.1) == 0.1 && remix.share(1, 1, lambda: 0.1) == 0.1)
        // 2.99 times as many is not enough for κ = 3.
        #expect(try Remix(LossInputs.counts([299, 100])).share(0, 1, lambda: 0.4) == 0.4)
        #expect(refusal { () throws in _ = try remix.share(3, 0, lambda: 0.4) } != nil)
        #expect(refusal { () throws in _ = try remix.targets([0], [], lambda: 0.4) } != nil)
        let targets: [Float] = try remix.targets([0, 1], [1, 1], lambda: 0.4).array()
        #expect(targets == [0, 1, 0, 0, 1, 0])
    }
}
