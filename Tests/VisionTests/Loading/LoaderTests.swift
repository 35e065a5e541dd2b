import Foundation
import LongTail
import Synchronization
import Testing

@Suite struct LoaderTests {
    private func batches(
        _ data: any Dataset, _ order: [Int], _ transform: Transform = Transform(), size: Int = 7, seed: UInt64 = 1,
        epoch: Int = 2, workers: Int = 0, prefetch: Int = 2
    ) throws -> [Batch] {
        let loader = try Loader(
            dataset: data, order: order, batchSize: size, views: [transform], seed: seed, epoch: epoch,
            crew: LoaderCrew(workers: workers), prefetch: prefetch)
        var result: [Batch] = []
        while let batch = try loader.next() { result.append(batch) }
        #expect(result.count == loader.batchCount)
        #expect(try loader.next() == nil)
        return result
    }

    @Test("Batches hold the samples in order, with their classes and bytes; the last one is smaller")
    func content() throws {
        let data = Counting(count: 20)
        let order = [19, 3, 3, 0, 7, 11, 2, 5, 4]
        let result = try batches(data, order, size: 4)
        #expect(result.map(\.count) == [4, 4, 1])
        #expect(result.flatMap(\.indices) == order)
        #expect(result.flatMap(\.targets) == order.map { $0 % 3 })
        #expect(try result.flatMap(\.images) == order.flatMap { try data.image(at: $0).planes })
        #expect(try batches(data, []).isEmpty)
    }

    @Test(
        "Workers, prefetch and batch size change nothing in the bytes",
        arguments: [(1, 1), (1, 8), (2, 1), (3, 4), (9, 2)])
    func invariance(workers: Int, prefetch: Int) throws {
        let data = Counting(count: 50)
        let order = (0..<100).map { $0 * 17 % 50 }
        let augmentation = Transform.cropAndFlip(padding: 2)
        let alone = try batches(data, order, augmentation)
        #expect(try batches(data, order, augmentation, workers: workers, prefetch: prefetch) == alone)
        let other = try batches(data, order, augmentation, size: 13, workers: workers, prefetch: prefetch)
        #expect(other.flatMap(\.images) == alone.flatMap(\.images))
    }

    @Test(
        "The parts of all processes, one behind the other, are the batches of one process, bytes and repetitions too",
        arguments: [1, 2, 3, 4, 5], [1, 2, 4, 7])
    func parts(processes: Int, shards: Int) throws {
        let data = Counting(count: 30)
        let views = [Transform.cropAndFlip(padding: 2), Transform.cropAndFlip(padding: 1)]
        // Samples come again within a batch and across batches, as under class-aware sampling; the last batch is of 3.
        let order = (0..<52).map { $0 * $0 % 30 }
        func batches(_ part: BatchPart) throws -> [Batch] {
            let loader = try Loader(
                dataset: data, order: order, batchSize: 7, views: views, seed: 3, epoch: 1, part: part,
                crew: LoaderCrew(workers: 1))
            var result: [Batch] = []
            while let batch = try loader.next() { result.append(batch) }
            #expect(loader.sampleCount == 52 && loader.indices(ofBatch: 7) == Array(order[49..<52]))
            return result
        }
        let whole = try batches(.whole)
        let parts = try (0..<processes).map { rank in
            try batches(BatchPart(rank * shards / processes..<(rank + 1) * shards / processes, of: shards))
        }
        for (number, batch) in whole.enumerated() {
            #expect(parts.flatMap { $0[number].indices } == batch.indices)
            #expect(parts.flatMap { $0[number].targets } == batch.targets)
            for view in views.indices { #expect(parts.flatMap { $0[number].views[view] } == batch.views[view]) }
        }
    }

    @Test("A batch gives some of its samples") func slices() throws {
        let batch = try batches(Counting(count: 9), Array(0..<9), size: 9)[0]
        #expect(batch[2..<5].indices == [2, 3, 4] && batch[2..<5].targets == [2, 0, 1])
        #expect(batch[2..<5].images == Array(batch.images[2 * 90..<5 * 90]))
        #expect(batch[7..<20].indices == [7, 8] && batch[20..<30].count == 0 && batch[0..<9] == batch)
    }

    @Test("A sample's augmentation depends on seed, epoch, sample and repetition, not on its place in the order")
    func augmentationKey() throws {
        let data = Counting(count: 40)
        func images(_ order: [Int], seed: UInt64 = 1, epoch: Int = 2) throws -> [[UInt8]] {
            let all = try batches(data, order, .cropAndFlip(), seed: seed, epoch: epoch).flatMap(\.images)
            return stride(from: 0, to: all.count, by: 90).map { Array(all[$0..<$0 + 90]) }
        }
        let forward = try images(Array(0..<40))
        #expect(try images(Array((0..<40).reversed())).reversed() == forward)
        #expect(try images(Array(0..<40), seed: 2) != forward)
        #expect(try images(Array(0..<40), epoch: 3) != forward)
        #expect(Set(try images(Array(repeating: 5, count: 60))).count > 20)
    }

    @Test("Crop and flip are those of the definition, with every offset and both ways met")
    func definition() throws {
        let data = Counting(count: 1)
        let source = try data.image(at: 0).planes
        func variant(_ top: Int, _ left: Int, _ flip: Bool) -> [UInt8] {
            (0..<90).map { i in
                let (plane, y, x) = (i / 30, i % 30 / 5, i % 5)
                let (fromY, fromX) = (y + top - 4, (flip ? 4 - x : x) + left - 4)
                return (0..<6) ~= fromY && (0..<5) ~= fromX ? source[plane * 30 + fromY * 5 + fromX] : 0
            }
        }
        var wanted: [[UInt8]: Int] = [:]
        for top in 0...8 {
            for left in 0...8 { for flip in [false, true] { wanted[variant(top, left, flip)] = 0 } }
        }
        let order = [Int](repeating: 0, count: 16_200)
        let all = try batches(data, order, .cropAndFlip(), size: 900).flatMap(\.images)
        for start in stride(from: 0, to: all.count, by: 90) {
            let image = Array(all[start..<start + 90])
            try #require(wanted[image] != nil)
            wanted[image, default: 0] += 1
        }
        // 81 offsets × 2, about 100 each; 0 to 40 would be six standard deviations.
        #expect(wanted.count == 162)
        #expect(wanted.values.allSatisfy { 40...170 ~= $0 }, "\(wanted.values.sorted())")
    }

    @Test("Two views of a picture are drawn apart, the first as if it were alone; views of two sizes are refused")
    func views() throws {
        let data = Counting(count: 12)
        let view = Transform.cropAndFlip()
        let loader = try Loader(
            dataset: data, order: Array(0..<12), batchSize: 12, views: [view, view], seed: 1, epoch: 2)
        let batch = try #require(try loader.next())
        let alone = try batches(data, Array(0..<12), view, size: 12)
        #expect(batch.views.count == 2 && batch.views[0] == alone[0].images && batch.views[1] != alone[0].images)
        #expect(
            failure {
                _ = try Loader(dataset: data, order: [0], batchSize: 1, views: [view, Transform([CenterCrop(3)])])
            }?.problem.contains("different sizes") == true)
        #expect(failure { _ = try Loader(dataset: data, order: [0], batchSize: 1, views: []) } != nil)
    }

    @Test(
        "Broken pictures give way to the next of their class where the policy says so, and are told", arguments: [0, 2])
    func skipping(workers: Int) throws {
        let data = Counting(count: 9, bad: 8)
        let loader = try Loader(
            dataset: data, order: [8, 1, 8], batchSize: 3, broken: .skip, crew: LoaderCrew(workers: workers))
        let batch = try #require(try loader.next())
        // Sample 2 is the next of class 2 after the last one.
        let wanted = try [2, 1, 2].flatMap { try data.image(at: $0).planes }
        #expect(batch.images == wanted && batch.targets == [2, 1, 2] && batch.indices == [8, 1, 8])
        #expect(loader.broken == [8: "sample 8 is broken"])
        let lonely = try Loader(
            dataset: Counting(count: 3, bad: 2), order: [2], batchSize: 1, broken: .skip,
            crew: LoaderCrew(workers: workers))
        #expect(failure { _ = try lonely.next() }?.problem.contains("no image of class c") == true)
    }

    @Test("A cache changes nothing in the bytes, and files are read once")
    func caching() throws {
        try withFolder { folder in
            for (name, fixture) in [
                ("a/1.jpg", "rgb-420.jpg"), ("a/2.jpg", "orientation-6.jpg"), ("b/1.png", "rgb.png"),
            ] {
                try AtomicFile.write(try Data(contentsOf: fixtures.appending(path: fixture)), to: "\(folder)/\(name)")
            }
            let data = ListedImages(name: "folder", list: try .folder(folder), root: ImageRoot(folder))
            let view = Transform([RandomResizedCrop(16), RandomHorizontalFlip(), ColorJitter()])
            let cache = ImageCache(limit: 3000)
            func images(_ cache: ImageCache?) throws -> [UInt8] {
                let loader = try Loader(dataset: data, order: [0, 1, 2], batchSize: 3, views: [view], cache: cache)
                return try #require(try loader.next()).images
            }
            let plain = try images(nil)
            #expect(try images(cache) == plain)
            #expect(cache.filling == (2, 2 * 3 * 19 * 26))
            try FileManager.default.removeItem(atPath: "\(folder)/a/1.jpg")
            #expect(try images(cache) == plain)
        }
    }

    @Test("A failing sample surfaces at its batch, and the epoch ends there", arguments: [0, 1, 3])
    func failing(workers: Int) throws {
        let loader = try Loader(
            dataset: Counting(count: 30, bad: 13), order: Array(0..<30), batchSize: 5,
            crew: LoaderCrew(workers: workers))
        #expect(try loader.next()?.indices == [0, 1, 2, 3, 4])
        #expect(try loader.next()?.indices == [5, 6, 7, 8, 9])
        #expect(failure { _ = try loader.next() }?.problem.hasSuffix("sample 13 is broken") == true)
        #expect(try loader.next() == nil)
    }

    @Test("No more than prefetch batches are made ahead, and the workers end with the loader")
    func bounded() throws {
        weak var remains: Counting?
        do {
            let data = Counting(count: 1000)
            remains = data
            let loader = try Loader(
                dataset: data, order: Array(0..<1000), batchSize: 10, crew: LoaderCrew(workers: 3), prefetch: 4)
            #expect(try loader.next()?.count == 10)
            // One taken and four ahead; then the workers must stand still.
            for _ in 0..<1000 where data.reads.withLock({ $0 }) < 50 { Thread.sleep(forTimeInterval: 0.01) }
            Thread.sleep(forTimeInterval: 0.1)
            #expect(data.reads.withLock { $0 } == 50)
        }
        for _ in 0..<500 where remains != nil { Thread.sleep(forTimeInterval: 0.01) }
        #expect(remains == nil)
    }

    @Test("Impossible arguments are refused at once")
    func refused() throws {
        let data = Counting(count: 3)
        #expect(failure { _ = try Loader(dataset: data, order: [0], batchSize: 0) } != nil)
        #expect(
            failure { _ = try Loader(dataset: data, order: [3], batchSize: 1) }?.problem.contains("no sample 3") == true
        )
        #expect(failure { _ = try Loader(dataset: data, order: [-1], batchSize: 1) } != nil)
        for padding in [-1, 6, Int.max] {
            #expect(
                failure {
                    _ = try Loader(
                        dataset: data, order: [0], batchSize: 1, views: [.cropAndFlip(padding: padding)])
                } != nil)
        }
    }

    @Test("A subset passes on pictures, classes and ids, and refuses indices outside")
    func subset() throws {
        let data = Counting(count: 10)
        let subset = try SubsetDataset(data, indices: [9, 2, 2])
        #expect(subset.labels == [0, 2, 2] && subset.count == 3 && subset.classNames == data.classNames)
        #expect(try subset.image(at: 0) == data.image(at: 9))
        #expect((0..<3).map(subset.identity(of:)) == ["9", "2", "2"])
        #expect(failure { _ = try subset.image(at: 3) } != nil)
        #expect(failure { _ = try SubsetDataset(data, indices: [0, 10]) }?.problem.contains("no sample 10") == true)
    }
}
