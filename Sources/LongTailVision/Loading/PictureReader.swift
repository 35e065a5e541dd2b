import LongTailBasics
import Synchronization

/// Reads the samples of a data set: through a cache, and past broken files where they are to be skipped.
struct PictureReader: Sendable {
    let dataset: any Dataset
    let cache: ImageCache?
    let policy: BrokenImages
    let broken: BrokenSamples

    /// Gives `make` the picture of a sample; when that fails and broken images are skipped, those of the class's next
    /// samples in the data set's order, until one works.
    func read<Made>(
        _ index: Int, _ make: (ImageSource) throws(LongTailError) -> Made
    ) throws(LongTailError) -> Made {
        do throws(LongTailError) { return try make(source(index)) } catch {
            guard policy == .skip, error.kind == .data else { throw named(error, index) }
            broken.add(index, error)
        }
        for next in broken.replacements(of: index, in: dataset) {
            do throws(LongTailError) { return try make(source(next)) } catch {
                guard error.kind == .data else { throw named(error, next) }
                broken.add(next, error)
            }
        }
        let label = dataset.classNames[dataset.labels[index]]
        throw LongTailError(
            .data, "no image of class \(label) in \(dataset.name) can be decoded",
            remedy: "The first: \(broken.reason(index))")
    }

    private func source(_ index: Int) throws(LongTailError) -> ImageSource {
        guard let cache else { return try dataset.passedSource(at: index) }
        if let image = cache[index] { return .pixels(image) }
        let source = try dataset.passedSource(at: index)
        guard case .encoded(let picture) = source, cache.hasRoom(for: picture.size) else { return source }
        let image = try picture.decoded()
        cache.keep(image, index)
        return .pixels(image)
    }

    private func named(_ failure: LongTailError, _ index: Int) -> LongTailError {
        let name = dataset.identity(of: index)
        return failure.problem.contains(name) ? failure : failure.at("\(dataset.name), \(name)")
    }
}

/// The samples that could not be decoded, each with the reason.
final class BrokenSamples: Sendable {
    private let reasons = Mutex<[Int: String]>([:])

    package func add(_ index: Int, _ failure: LongTailError) {
        reasons.withLock { $0[index] = $0[index] ?? failure.problem }
    }

    func reason(_ index: Int) -> String { reasons.withLock { $0[index] } ?? "not known" }

    /// The reasons by sample.
    package var all: [Int: String] { reasons.withLock { $0 } }

    /// The other samples of the same class, from the next one on and round to the first.
    func replacements(of index: Int, in dataset: any Dataset) -> [Int] {
        let labels = dataset.labels
        let order = Array(index + 1..<labels.count) + Array(0..<index)
        return order.filter { labels[$0] == labels[index] }
    }
}
