import Dispatch
import Foundation
import LongTailBasics
import LongTailTorch
import Synchronization

/// One epoch's batches in order, made ahead of time by a crew.
///
/// The batches depend on the arguments but `crew` and `prefetch`, and on nothing else. At most `prefetch` finished
/// or started batches wait in memory. After a failure, and when the loader goes away, nothing more is made for it.
/// A loader belongs to one thread.
public final class Loader {
    /// Batches in the epoch; the last one may be smaller.
    public let batchCount: Int
    /// Height and width of the pictures in a batch.
    public let size: ImageSize
    private let maker: BatchMaker
    private let visits: [Visit]
    private let batchSize: Int
    private let part: BatchPart
    private let ahead: BatchesAhead?
    private let brokenSamples: BrokenSamples
    private var delivered = 0

    /// Starts an epoch.
    ///
    /// - Parameters:
    ///   - dataset: Where the pictures come from.
    ///   - order: Indices into the data set, as a sampler gives them; any number of times each.
    ///   - batchSize: Samples in a batch.
    ///   - views: What each picture goes through, once for each view of it; drawn from (seed, epoch, sample,
    ///     repetition in the epoch, view). All views have one size.
    ///   - seed: The run's seed.
    ///   - epoch: The epoch's number.
    ///   - part: The shards of each batch that are made; how often a sample has come before is counted over whole batches.
    ///   - broken: What becomes of a picture that cannot be decoded.
    ///   - cache: Keeps decoded files by sample of this data set, from epoch to epoch.
    ///   - crew: The threads; nil, or one of none, makes each batch in `next()`, on the caller's.
    ///   - prefetch: Batches made ahead of the one asked for, at least 1; two more than there are threads by default.
    /// - Throws: A failure when the batch size, a transform's parameter or an index is out of range, or when the views
    ///   have no size of their own or different ones.
    public init(
        dataset: any Dataset, order: [Int], batchSize: Int, views: [Transform] = [Transform()], seed: UInt64 = 0,
        epoch: Int = 0, part: BatchPart = .whole, broken: BrokenImages = .stop, cache: ImageCache? = nil,
        crew: LoaderCrew? = nil, prefetch: Int? = nil
    ) throws(LongTailError) {
        guard batchSize > 0 else { throw LongTailError(.usage, "a batch cannot hold \(batchSize) samples") }
        guard let first = views.first else { throw LongTailError(.usage, "a batch needs a view of its pictures") }
        let size = try first.outputSize(for: dataset)
        for view in views.dropFirst() {
            let other = try view.outputSize(for: dataset)
            guard other == size else {
                throw LongTailError(.usage, "the views of a picture have different sizes: \(size) and \(other)")
            }
        }
        let labels = dataset.labels
        var seen = [Int](repeating: 0, count: labels.count)
        var visits: [Visit] = []
        visits.reserveCapacity(order.count)
        for index in order {
            try dataset.check(index, count: labels.count)
            visits.append(Visit(index: index, repetition: seen[index]))
            seen[index] += 1
        }
        brokenSamples = BrokenSamples()
        let pictures = PictureReader(dataset: dataset, cache: cache, policy: broken, broken: brokenSamples)
        let maker = BatchMaker(
            pictures: pictures, labels: labels, views: views, size: size, seed: seed, epoch: epoch)
        let batchCount = order.count / batchSize + (order.count % batchSize == 0 ? 0 : 1)
        (self.maker, self.visits, self.batchSize, self.batchCount) = (maker, visits, batchSize, batchCount)
        (self.size, self.part) = (size, part)
        guard let crew, crew.workers > 0 else {
            ahead = nil
            return
        }
        ahead = BatchesAhead(crew, prefetch: max(1, prefetch ?? max(4, crew.workers + 2)), count: batchCount) {
            [visits] (batch) throws(LongTailError) in
            try maker.make(visits[Self.range(batch, batchSize, visits.count, part)])
        }
    }

    /// Samples in the epoch, of whole batches.
    public var sampleCount: Int { visits.count }

    /// The indices of a whole batch, whatever part of it is made.
    public func indices(ofBatch number: Int) -> [Int] {
        guard (0..<batchCount).contains(number) else { return [] }
        return visits[Self.range(number, batchSize, visits.count, .whole)].map(\.index)
    }

    /// The samples that were skipped so far because they cannot be decoded, with the reason of each.
    public var broken: [Int: String] { brokenSamples.all }

    deinit { ahead?.stop() }

    /// The next batch, or the part of it that is made, which may be of no sample; nil when the epoch is over.
    ///
    /// - Throws: The failure of a sample, at the batch that holds it; the epoch is over then.
    public func next() throws(LongTailError) -> Batch? {
        guard delivered < batchCount else { return nil }
        let batch = delivered
        delivered += 1
        do throws(LongTailError) {
            if let ahead { return try ahead.take(batch).get() }
            return try maker.make(visits[Self.range(batch, batchSize, visits.count, part)])
        } catch {
            delivered = batchCount
            ahead?.stop()
            throw error
        }
    }

    private static func range(_ batch: Int, _ size: Int, _ count: Int, _ part: BatchPart) -> Range<Int> {
        let start = batch * size
        let positions = part.positions(in: min(size, count - start))
        return start + positions.lowerBound..<start + positions.upperBound
    }
}

/// The batches of numbers 0..<count that a crew makes, never more than `prefetch` that nobody has taken.
private final class BatchesAhead: Sendable {
    private struct State {
        var next = 0
        var stopped = false
        var finished: [Int: Result<Batch, LongTailError>] = [:]
    }

    private let state = Mutex(State())
    /// One signal for each batch that was finished.
    private let arrivals = DispatchSemaphore(value: 0)
    private let crew: LoaderCrew
    private let count: Int
    private let make: @Sendable (Int) throws(LongTailError) -> Batch

    init(
        _ crew: LoaderCrew, prefetch: Int, count: Int, make: @escaping @Sendable (Int) throws(LongTailError) -> Batch
    ) {
        (self.crew, self.count, self.make) = (crew, count, make)
        for _ in 0..<min(prefetch, count) { order() }
    }

    /// Has one batch more made.
    private func order() {
        crew.submit { [weak self] in self?.makeNext() }
    }

    private func makeNext() {
        let number: Int? = state.withLock { state in
            guard !state.stopped, state.next < count else { return nil }
            state.next += 1
            return state.next - 1
        }
        guard let number else { return }
        let result: Result<Batch, LongTailError>
        do throws(LongTailError) { result = .success(try make(number)) } catch { result = .failure(error) }
        state.withLock { $0.finished[number] = result }
        arrivals.signal()
    }

    func take(_ number: Int) -> Result<Batch, LongTailError> {
        while true {
            if let result = state.withLock({ $0.finished.removeValue(forKey: number) }) {
                order()
                return result
            }
            arrivals.wait()
        }
    }

    func stop() {
        state.withLock {
            $0.stopped = true
            $0.finished = [:]
        }
    }
}
