import LongTailBasics
import LongTailTorch
import LongTailVision

/// The losses of an epoch's steps, left where they were computed and read some at a time.
///
/// Reading a number of a GPU waits for all that is queued, so that a loss is read with its neighbours; on the processor
/// each is read at once, before it can do harm.
struct LossTally {
    /// A step whose loss is no number.
    struct Divergence: Equatable {
        let loss: Double
        let step: Int
        /// The first samples of its batch.
        let samples: [Int]
    }

    private struct Entry {
        let loss: Tensor
        let step: Int
        let images: Int
        let samples: [Int]
    }

    /// Steps between readings on a GPU: a second's work or so, at whose end a divergence is noticed.
    static let stepsOnGPU = 50

    private let interval: Int
    private var waiting: [Entry] = []
    private var sum = 0.0
    private var images = 0

    /// An empty tally that is read every `interval` steps; what suits the device unless said otherwise.
    init(interval: Int = Device.current.isAsynchronous ? LossTally.stepsOnGPU : 1) { self.interval = max(1, interval) }

    /// Mean loss of an image, of what has been read.
    var mean: Double { sum / Double(max(1, images)) }

    /// Takes in a step's loss; gives the first step that diverged, if it is time to look and there is one.
    package mutating func add(_ loss: Tensor, step: Int, _ samples: [Int]) throws(LongTailError) -> Divergence? {
        waiting.append(
            Entry(loss: try loss.detach(), step: step, images: samples.count, samples: Array(samples.prefix(8))))
        return waiting.count < interval ? nil : try read()
    }

    /// Reads what waits; gives the first step that diverged.
    package mutating func read() throws(LongTailError) -> Divergence? {
        let values = try Tensor.items(waiting.map(\.loss))
        defer { waiting.removeAll(keepingCapacity: true) }
        for (entry, value) in zip(waiting, values) {
            guard value.isFinite else { return Divergence(loss: value, step: entry.step, samples: entry.samples) }
            sum += value * Double(entry.images)
            images += entry.images
        }
        return nil
    }
}
