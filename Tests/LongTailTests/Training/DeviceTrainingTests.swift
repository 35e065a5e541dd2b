import Basics
import Foundation
import Serialization
import Testing
import Torch
import Vision

@testable import LongTail

/// What a training step makes must all lie on one device. `meta` holds shapes alone, and mixing it with the processor
/// fails or shows in the result.
@Suite struct DeviceTrainingTests {
    @Test("A step's tensors lie on the device, for every method", arguments: Methods.names) func step(name: String)
        throws
    {
        let type = try #require(Methods.named(name))
        let method = type.init()
        let data = try Glyphs(classes: 3, imagesPerClass: 4, split: .train)
        let counts = try ClassCounts(names: data.classNames, labels: data.labels)
        let loader = try Loader(dataset: data, order: Array(0..<8), batchSize: 8, workers: 0)
        let batch = try #require(try loader.next())
        try Device.with(.meta) { () throws(Failure) in
            let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 0)
            var draw = WeightDraw(seed: 1)
            try method.prepare(network, &draw)
            let loss = try method.loss(for: counts)
            let (images, targets) = try InputTensors(data.normalization)(batch)
            #expect(images.device == "meta" && targets.device == "meta")
            guard let mixup = try Mixup(alpha: 0.5, count: batch.count, seed: 0, epoch: 0, step: 0) else { return }
            let logits = try network(mixup.images(images))
            #expect(logits.device == "meta" && logits.shape == [8, 3])
            let value = try mixup.loss(loss, logits, targets)
            #expect(value.device == "meta" && value.rank == 0)
            try value.backward()
            for (name, parameter) in try network.parameters() {
                #expect(parameter.tensor.device == "meta", "\(name)")
                #expect(try parameter.tensor.grad()?.device == "meta", "\(name)")
            }
        }
    }

    private func batch(_ first: Int, count: Int) throws -> Batch {
        let data = try Glyphs(classes: 3, imagesPerClass: 8, split: .train)
        let loader = try Loader(
            dataset: data, order: Array(first..<first + count), batchSize: count, workers: 0)
        return try #require(try loader.next())
    }

    @Test(
        "Losses that are read in groups give the mean and the first divergence of those read one by one",
        arguments: [1, 2, 50])
    func tally(interval: Int) throws {
        var tally = LossTally(interval: interval)
        for (step, loss) in [2.5, 1.25, 0.7].enumerated() {
            #expect(try tally.add(Tensor([Float(loss)], shape: []), step: step, batch(step, count: step + 1)) == nil)
        }
        #expect(try tally.read() == nil)
        let expected = (2.5 * 1 + 1.25 * 2 + Double(Float(0.7)) * 3) / 6
        #expect(tally.mean == expected)

        var diverging = LossTally(interval: interval)
        var found: LossTally.Divergence?
        for (step, loss) in [1, Float.nan, 3, .infinity].enumerated() where found == nil {
            found = try diverging.add(Tensor([loss], shape: []), step: step, batch(step, count: 2))
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
        #expect(try tally.add(loss, step: 0, batch(0, count: 1)) == nil)
        try loss.backward()
        #expect(try leaf.grad()?.item() == 3)
        #expect(try tally.read() == nil)
        #expect(tally.mean == 6)
    }
}
