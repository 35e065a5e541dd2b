import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

struct HeadOrderTests {
    @Test("The assignment is the best of all permutations", arguments: 1...6)
    func assignment(_ count: Int) {
        func best(_ gains: [[Int]], _ row: Int, _ free: Set<Int>) -> Int {
            row == gains.count
                ? 0 : free.map { gains[row][$0] + best(gains, row + 1, free.subtracting([$0])) }.max() ?? 0
        }
        for trial in 0..<30 {
            let values = Formula.uniform(100 * count + trial, count * count).map { Int($0 * 9) }
            let gains = (0..<count).map { row in (0..<count).map { values[row * count + $0] } }
            let found = Assignment.best(gains)
            #expect(Set(found).count == count)
            #expect(
                found.enumerated().reduce(0) { $0 + gains[$1.offset][$1.element] } == best(gains, 0, Set(0..<count)))
        }
    }

    private func table(_ classes: Int, _ rows: [(target: Int32, predicted: Int32, count: Int)]) throws
        -> PredictionTable
    {
        let all = rows.flatMap { row in [(Int32, Int32)](repeating: (row.target, row.predicted), count: row.count) }
        return try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: all.map(\.0), predicted: all.map(\.1),
            confidence: all.map { _ in 0.5 })
    }

    @Test("Rows are exchanged within classes of equal count only, where predictions ask for it") func exchange() throws
    {
        // Classes 1 and 3 are tied and exchanged; 0 and 2 are confused too, but their counts differ.
        let predictions = try table(
            5, [(1, 3, 4), (1, 1, 1), (3, 1, 3), (3, 0, 2), (0, 2, 5), (2, 0, 5), (4, 4, 2)])
        let found = try HeadOrder([9, 5, 7, 5, 1], predictions)
        #expect(found.rows == [0, 3, 2, 1, 4])
        #expect(found.moved == 2 && found.images == 10 && found.hitsBefore == 1 && found.hitsAfter == 7)
        // Where nothing decides, everything stays.
        #expect(try HeadOrder([5, 5, 5, 5, 5], table(5, [(0, 0, 1)])).moved == 0)
    }

    @Test("A linear classifier has classes in rows, a cosine one and the scale in columns") func reordered() throws {
        let state: StateDict = [
            "conv1.weight": Formula.host(0, [3, 1]), "fc.weight": Formula.host(1, [3, 2]),
            "fc.bias": Formula.host(2, [3]),
            "learned_norm": Formula.host(3, [1, 3]),
        ]
        let moved = try HeadOrder.reordered(state, rows: [2, 0, 1])
        let (weight, bias, scale) = (
            Formula.uniform(1, 6), Formula.uniform(2, 3), Formula.uniform(3, 3)
        )
        #expect(moved["conv1.weight"] == state["conv1.weight"])
        #expect(moved["fc.weight"]?.doubles == [4, 5, 0, 1, 2, 3].map { weight[$0] })
        #expect(moved["fc.bias"]?.doubles == [2, 0, 1].map { bias[$0] })
        #expect(moved["learned_norm"]?.doubles == [2, 0, 1].map { scale[$0] })
        let cosine = try HeadOrder.reordered(["fc.weight": Formula.host(1, [2, 3])], rows: [2, 0, 1])
        #expect(cosine["fc.weight"]?.doubles == [2, 0, 1, 5, 3, 4].map { weight[$0] })
        let refusal = failure { () throws(LongTailError) in _ = try HeadOrder.reordered(state, rows: [0, 1]) }
        #expect(refusal?.kind == .checkpoint)
    }

    @Test("A classifier whose tied classes were numbered by numpy's sort is brought back by glyphs") func glyphs()
        throws
    {
        try Engine.setThreads(1)
        let images = try Glyphs(classes: 20, imagesPerClass: 6, split: .train)
        // A step profile: ten classes of 40 images, ten of 4.
        let counts = (0..<20).map { $0 % 2 == 0 ? 40 : 4 }
        let network = try fitted(images)
        let info = Checkpoint.Info(
            .init(.resnet20), classNames: images.classNames, listHash: nil, stage: "start")
        let right = try network.stateDict()
        // As the authors' code has it: the row of class c stands at its rank, in numpy's order of ties.
        let published = try HeadOrder.reordered(right, rows: ClassOrder(counts, .numpy1).classes)
        func look(_ weights: StateDict) throws -> HeadOrder {
            let model = try Checkpoint(info: info, weights: weights).makeNetwork()
            let predictions = try Evaluator(batchSize: 120, precision: .float32)(model, on: images).predictions
            return try HeadOrder(counts, predictions)
        }
        // Read with ties by label, the rows of tied classes stand elsewhere.
        let stable = try HeadOrder.reordered(published, rows: ClassOrder(counts, .stable).ranks)
        let found = try look(stable)
        #expect(found.hitsBefore < found.hitsAfter && found.moved > 10, "\(found)")
        let restored = try HeadOrder.reordered(stable, rows: found.rows)
        #expect(restored["fc.weight"]?.bytes == right["fc.weight"]?.bytes, "\(found)")
        // Read by numpy's order, nothing moves.
        let exact = try HeadOrder.reordered(published, rows: ClassOrder(counts, .numpy1).ranks)
        #expect(exact["fc.bias"]?.bytes == right["fc.bias"]?.bytes)
        #expect(try look(exact).moved == 0)
    }

    /// An untrained body under a classifier that fits these images.
    private func fitted(_ images: Glyphs) throws -> Network {
        let network = try Network(.resnet20, classifier: .linear, classes: images.classNames.count, seed: 4)
        try network.setTraining(false)
        let loader = try Loader(
            dataset: images, order: Array(0..<images.count), batchSize: images.count, views: [Transform()], seed: 0,
            epoch: 0, crew: LoaderCrew(workers: 1), prefetch: 1)
        let batch = try #require(try loader.next())
        let features = try withoutGradients { () throws(LongTailError) in
            try network.backbone(DeviceBatches(images.normalization)(batch, dtype: .float32))
        }
        let mean = try features.mean([0], keep: true)
        let centred = try features.sub(mean)
        let scale = try centred.mul(centred).mean().item().squareRoot()
        let inputs = try centred.mul(1 / scale)
        let optimizer = SGD([SGD.Group(try network.classifier.parameters())], momentum: 0.9, weightDecay: 0)
        for _ in 0..<400 {
            try network.classifier(inputs).crossEntropy(Tensor(batch.targets)).backward()
            try optimizer.step(rate: 0.5)
        }
        // The classifier sees the features as they are.
        var state = try network.stateDict()
        let weight = try network.classifier.parameters()[0].parameter.tensor.detach().mul(1 / scale)
        let bias = try network.classifier.parameters()[1].parameter.tensor.detach()
            .sub(mean.matmul(weight.transpose(0, 1)).squeeze(0))
        (state["fc.weight"], state["fc.bias"]) = (try weight.host(), try bias.host())
        try network.load(state)
        return network
    }
}
