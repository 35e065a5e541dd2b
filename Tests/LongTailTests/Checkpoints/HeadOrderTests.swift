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
    @Test("The assignment is the best of all matchings, columns may stay free and rows without", arguments: 1...6)
    func assignment(_ count: Int) {
        func best(_ gains: [[Int]], _ row: Int, _ free: Set<Int>) -> Int {
            guard row < gains.count else { return 0 }
            let taken = free.map { gains[row][$0] + best(gains, row + 1, free.subtracting([$0])) }.max() ?? 0
            return max(taken, best(gains, row + 1, free))
        }
        for trial in 0..<30 {
            let values = Formula.uniform(100 * count + trial, count * count).map { max(0, Int($0 * 9) - 4) }
            let gains = (0..<count).map { row in (0..<count).map { values[row * count + $0] } }
            let cells = gains.map { row in
                row.indices.filter { row[$0] > 0 }.map { Assignment.Cell(column: $0, gain: row[$0]) }
            }
            let found = Assignment.best(cells, columns: count)
            let columns = found.compactMap(\.self)
            #expect(Set(columns).count == columns.count)
            let total = found.enumerated().reduce(0) { sum, pair in
                sum + (pair.element.map { gains[pair.offset][$0] } ?? 0)
            }
            #expect(total == best(gains, 0, Set(0..<count)))
        }
    }

    @Test("8,142 classes in any order are put in place in seconds, rare classes that were never predicted stay")
    func manyClasses() throws {
        let classes = 8142
        // Class c stands in row (c + 4071) mod 8142; every third image is taken for some other class.
        var (targets, predicted) = ([Int32](), [Int32]())
        let noise = Formula.uniform(7, classes * 6)
        for label in 0..<classes where label % 50 != 3 {
            for image in 0..<6 {
                let draw = abs(noise[label * 6 + image])
                targets.append(Int32(label))
                let right = (label + 4071) % classes
                let other = Int(draw * 1_000_003) % classes
                predicted.append(Int32(image % 3 == 2 ? other : right))
            }
        }
        let table = try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: targets, predicted: predicted,
            confidence: targets.map { _ in 0.5 })
        let start = ContinuousClock.now
        let found = HeadOrder(table)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(found.source == .found && found.recallAfter > 0.6 && found.recallBefore < 0.01)
        let right = found.rows.indices.count { found.rows[$0] == ($0 + 4071) % classes }
        #expect(right > 7900 && Set(found.rows).count == classes, "\(right) classes, \(seconds) s")
    }

    private func table(_ classes: Int, _ rows: [(target: Int32, predicted: Int32, count: Int)]) throws
        -> PredictionTable
    {
        let all = rows.flatMap { row in [(Int32, Int32)](repeating: (row.target, row.predicted), count: row.count) }
        return try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: all.map(\.0), predicted: all.map(\.1),
            confidence: all.map { _ in 0.5 })
    }

    @Test("Rows are exchanged where many images ask for it, and not where few do") func exchange() throws {
        // Classes 1 and 3 are exchanged; 0 is taken for 2 and 4 for 0 by one image each.
        let predictions = try table(
            5, [(1, 3, 8), (1, 1, 1), (3, 1, 6), (3, 0, 2), (0, 0, 5), (0, 2, 1), (2, 2, 5), (4, 4, 2), (4, 0, 1)])
        let found = HeadOrder(predictions)
        #expect(found.rows == [0, 3, 2, 1, 4] && found.source == .found && found.moved == 2)
        #expect(found.recallBefore < found.recallAfter)
        // One image a class that was taken for another is no order.
        let few = HeadOrder(try table(5, [(0, 1, 1), (1, 0, 1), (2, 2, 3), (3, 3, 2), (4, 4, 1)]))
        #expect(few.moved == 0 && few.source == .data)
        // Nor is it where nothing decides.
        #expect(HeadOrder(try table(5, [(0, 0, 1)])).moved == 0)
        #expect(HeadOrder(try table(5, [])).moved == 0)
    }

    @Test("A network that names the largest class is in no other order") func largest() throws {
        let found = HeadOrder(try table(4, [(0, 0, 40), (1, 0, 9), (2, 0, 5), (3, 0, 3)]))
        #expect(found.moved == 0 && found.source == .data)
        // Rare classes that are taken for large ones do not push these out of their place.
        let tail = HeadOrder(
            try table(4, [(0, 0, 30), (1, 1, 20), (2, 0, 6), (2, 2, 1), (3, 1, 5)]))
        #expect(tail.moved == 0)
    }

    @Test("Folders called by numbers are known in their natural order, and without regard to case") func natural()
        throws
    {
        let numbers = (1...12).map(String.init).sorted()
        var (targets, predicted) = ([Int32](), [Int32]())
        for (label, name) in numbers.enumerated() {
            // Two images are enough: the order is suggested by the names and need not be found.
            for _ in 0..<2 {
                targets.append(Int32(label))
                predicted.append(Int32((Int(name) ?? 1) - 1))
            }
        }
        let found = HeadOrder(
            try PredictionTable(
                classNames: numbers, targets: targets, predicted: predicted, confidence: targets.map { _ in 1 }))
        #expect(found.source == .natural && found.recallAfter == 1)
        #expect(found.names(numbers) == (1...12).map(String.init))

        let animals = ["Zebra", "ant", "bee", "cat", "dog"]
        let rows: [Int32] = [4, 0, 1, 2, 3]
        let caseless = HeadOrder(
            try PredictionTable(
                classNames: animals, targets: (0..<5).flatMap { [Int32($0), Int32($0)] },
                predicted: rows.flatMap { [$0, $0] },
                confidence: [Float](repeating: 1, count: 10)))
        #expect(caseless.source == .caseless && caseless.names(animals) == ["ant", "bee", "cat", "dog", "Zebra"])
    }

    @Test("What the check measures is not won by class sizes: always naming one class is chance") func chance() throws {
        let lazy = StartCheck(try table(4, [(0, 0, 40), (1, 0, 9), (2, 0, 5), (3, 0, 3)]))
        #expect(!lazy.isBetterThanChance && abs(lazy.recall - 0.25) < 1e-12)
        // 16 of 24 images of the two large classes, nothing of the others: above a half, and no better than chance.
        let large = StartCheck(
            try table(8, [(0, 0, 8), (0, 1, 4), (1, 1, 8), (1, 0, 4)] + (2..<8).map { ($0, $0 % 2, 1) }))
        #expect(large.hits == 16 && !large.isBetterThanChance)
        let right = StartCheck(try table(4, [(0, 0, 4), (1, 1, 4), (2, 2, 3), (2, 0, 1), (3, 3, 4)]))
        #expect(right.isBetterThanChance)
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
            return HeadOrder(predictions)
        }
        // Read with ties by label, the rows of tied classes stand elsewhere.
        let stable = try HeadOrder.reordered(published, rows: ClassOrder(counts, .stable).ranks)
        let found = try look(stable)
        #expect(found.recallBefore < found.recallAfter && found.moved > 10, "\(found)")
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
        let optimizer = SGD([ParameterGroup(try network.classifier.parameters())], momentum: 0.9, weightDecay: 0)
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
