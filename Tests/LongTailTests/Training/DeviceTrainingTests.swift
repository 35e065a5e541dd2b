import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// Losses of a device that are read late.
@Suite struct DeviceTrainingTests {
    private func samples(_ first: Int, count: Int) -> [Int] { Array(first..<first + count) }

    @Test(
        "Losses that are read in groups give the mean and the first divergence of those read one by one",
        arguments: [1, 2, 50])
    func tally(interval: Int) throws {
        var tally = LossTally(interval: interval)
        for (step, loss) in [2.5, 1.25, 0.7].enumerated() {
            #expect(try tally.add(Tensor([Float(loss)], shape: []), step: step, samples(step, count: step + 1)) == nil)
        }
        #expect(try tally.read() == nil)
        let expected = (2.5 * 1 + 1.25 * 2 + Double(Float(0.7)) * 3) / 6
        #expect(tally.mean == expected)

        var diverging = LossTally(interval: interval)
        var found: LossTally.Divergence?
        for (step, loss) in [1, Float.nan, 3, .infinity].enumerated() where found == nil {
            found = try diverging.add(Tensor([loss], shape: []), step: step, samples(step, count: 2))
        }
        if found == nil { found = try diverging.read() }
        let bad = try #require(found)
        #expect(bad.loss.isNaN && bad.step == 1 && bad.samples == [1, 2])
    }

    @Test("A loss that waits does not hold its graph") func graph() throws {
        let leaf = try Tensor([Float(2)], shape: [])
        try leaf.setRequiresGrad(true)
        var tally = LossTally(interval: 3)
        let loss = try leaf.mul(3)
        #expect(try tally.add(loss, step: 0, samples(0, count: 1)) == nil)
        try loss.backward()
        #expect(try leaf.grad()?.item() == 3)
        #expect(try tally.read() == nil)
        #expect(tally.mean == 6)
    }
}
