import Foundation
import LongTailBasics
import LongTailVision

/// How fast photographs become a network's bytes: what `longtail bench transforms` prints.
///
/// RandomResizedCrop 224, flip and ColorJitter 0.4 for training, Resize 256 and CenterCrop 224 for evaluation; files are
/// read each time.
package struct TransformSpeed {
    private let dataset: Files
    private let passes: Int

    /// Reads every file once, so that they are in the system's memory.
    package init(paths: [String], passes: Int) throws(LongTailError) {
        dataset = Files(paths: paths)
        self.passes = passes
        for index in paths.indices { _ = try dataset.source(at: index) }
    }

    /// Training images a second of processor time.
    package func training(decoding: Transform.Decoding = .exact, cached: Bool = false) throws(LongTailError) -> Double {
        let steps: [any TransformStep] = [RandomResizedCrop(224), RandomHorizontalFlip(), ColorJitter()]
        let cache = cached ? ImageCache(limit: 4 << 30) : nil
        if cached { _ = try run(Transform(steps), epoch: passes, cache) }
        return try measure { pass throws(LongTailError) in
            try run(Transform(steps, decoding: decoding), epoch: pass, cache)
        }
    }

    /// Evaluated images a second of processor time.
    package func evaluation() throws(LongTailError) -> Double {
        try measure { pass throws(LongTailError) in
            try run(Transform([Resize(256), CenterCrop(224)]), epoch: pass, nil)
        }
    }

    /// Training images a second by the clock, through a loader with so many threads and nobody who is slower.
    package func loading(workers: Int) throws(LongTailError) -> Double {
        let steps: [any TransformStep] = [RandomResizedCrop(224), RandomHorizontalFlip(), ColorJitter()]
        let order = (0..<passes * 8 * dataset.count).map { $0 % dataset.count }
        let crew = LoaderCrew(workers: workers)
        let start = ContinuousClock.now
        let loader = try Loader(dataset: dataset, order: order, batchSize: 16, views: [Transform(steps)], crew: crew)
        var done = 0
        while let batch = try loader.next() { done += batch.count }
        return Double(done) / max(1e-9, (ContinuousClock.now - start).seconds)
    }

    private func run(_ transform: Transform, epoch: Int, _ cache: ImageCache?) throws(LongTailError) -> Int {
        let loader = try Loader(
            dataset: dataset, order: Array(0..<dataset.count), batchSize: 64, views: [transform], epoch: epoch,
            cache: cache)
        var done = 0
        while let batch = try loader.next() { done += batch.count }
        return done
    }

    private func measure(_ pass: (Int) throws(LongTailError) -> Int) throws(LongTailError) -> Double {
        var done = 0
        let start = clock()
        for number in 0..<passes { done += try pass(number) }
        return Double(done) * Double(CLOCKS_PER_SEC) / Double(max(1, clock() - start))
    }

    private struct Files: Dataset {
        let paths: [String]
        let name = "files"
        let classNames = ["all"]
        var labels: [Int] { Array(repeating: 0, count: paths.count) }

        func source(at index: Int) throws(LongTailError) -> ImageSource {
            .encoded(try EncodedImage(path: paths[index]))
        }

        func identity(of index: Int) -> String { paths.indices.contains(index) ? paths[index] : "\(index)" }
    }
}
