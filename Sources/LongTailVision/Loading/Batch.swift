import LongTailBasics

/// Some samples side by side, as plain bytes; tensors are made of it where the training happens.
public struct Batch: Sendable, Equatable {
    /// For each view N × 3 × `height` × `width` bytes; one unless the method asks for more.
    public let views: [[UInt8]]
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
    /// Some of its samples, as far as it has them.
    public subscript(positions: Range<Int>) -> Batch {
        let positions = positions.clamped(to: 0..<count)
        guard positions.count < count else { return self }
        let bytes = PixelImage.channels * height * width
        return Batch(
            views: views.map { Array($0[positions.lowerBound * bytes..<positions.upperBound * bytes]) },
            targets: Array(targets[positions]), indices: Array(indices[positions]), height: height, width: width)
    }

    /// The first view.
    public var images: [UInt8] { views[0] }
}

/// One place in an epoch's order: a sample, and how often it has come before in this epoch.
struct Visit: Sendable {
    let index: Int
    let repetition: Int
}

/// Makes a batch; a pure function of what it holds and the visits, so any thread may call it.
struct BatchMaker: Sendable {
    package let pictures: PictureReader
    let labels: [Int]
    let views: [Transform]
    let size: ImageSize
    let seed: UInt64
    let epoch: Int

    func make(_ visits: ArraySlice<Visit>) throws(LongTailError) -> Batch {
        let bytes = PixelImage.channels * size.height * size.width
        var images = views.map { _ in [UInt8]() }
        for view in images.indices { images[view].reserveCapacity(visits.count * bytes) }
        for visit in visits {
            let made = try pictures.read(visit.index) { (source) throws(LongTailError) in try planes(of: source, visit)
            }
            for (view, planes) in made.enumerated() { images[view] += planes }
        }
        return Batch(
            views: images, targets: visits.map { labels[$0.index] }, indices: visits.map(\.index), height: size.height,
            width: size.width)
    }

    private func planes(of source: ImageSource, _ visit: Visit) throws(LongTailError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for (number, view) in views.enumerated() {
            var random = random(visit, view: number)
            let image = try view.apply(to: source, random: &random)
            guard image.size == size else {
                throw LongTailError(.data, "\(image.size) pixels came out of the transform instead of \(size)")
            }
            result.append(image.planes)
        }
        return result
    }

    /// A sample that an epoch visits again (class-aware sampling) is augmented anew, as is every view of it: repetition
    /// and view change the key.
    private func random(_ visit: Visit, view: Int) -> CounterRandom {
        CounterRandom(
            seed: seed &+ UInt64(visit.repetition) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(view) &* 0xD1B5_4A32_D192_ED03,
            purpose: .augmentation, epoch: epoch, index: visit.index)
    }
}
