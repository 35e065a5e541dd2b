import Basics

/// Some samples side by side, as plain bytes; tensors are made of it where the training happens.
public struct Batch: Sendable, Equatable {
    /// N × 3 × `height` × `width` bytes.
    public let images: [UInt8]
    /// N classes.
    public let targets: [Int]
    /// N indices into the data set.
    public let indices: [Int]
    /// Rows of each picture.
    public let height: Int
    /// Columns of each picture.
    public let width: Int
    /// N.
    public var count: Int { targets.count }
}

/// One place in an epoch's order: a sample, and how often it has come before in this epoch.
struct Visit: Sendable {
    let index: Int
    let repetition: Int
}

/// Makes a batch; a pure function of what it holds and the visits, so any thread may call it.
struct BatchMaker: Sendable {
    let dataset: any Dataset
    let labels: [Int]
    let augmentation: Augmentation
    let seed: UInt64
    let epoch: Int

    func make(_ visits: ArraySlice<Visit>) throws(Failure) -> Batch {
        let (height, width) = (dataset.height, dataset.width)
        let size = PixelImage.channels * height * width
        var failure: Failure?
        let images = [UInt8](unsafeUninitializedCapacity: visits.count * size) { buffer, count in
            guard var output = buffer.baseAddress else { return }
            do throws(Failure) {
                for visit in visits {
                    let image = try dataset.image(at: visit.index)
                    guard image.height == height, image.width == width else {
                        throw Failure(
                            .data,
                            "\(dataset.name), sample \(dataset.identity(of: visit.index)): "
                                + "\(image.width) × \(image.height) pixels instead of \(width) × \(height)")
                    }
                    var random = random(visit)
                    augmentation.apply(to: image, into: output, random: &random)
                    output += size
                    count += size
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return Batch(
            images: images, targets: visits.map { labels[$0.index] }, indices: visits.map(\.index), height: height,
            width: width)
    }

    /// A sample that an epoch visits again (class-aware sampling) is augmented anew: its repetition changes the key.
    private func random(_ visit: Visit) -> CounterRandom {
        CounterRandom(
            seed: seed &+ UInt64(visit.repetition) &* 0x9E37_79B9_7F4A_7C15, purpose: .augmentation, epoch: epoch,
            index: visit.index)
    }
}
