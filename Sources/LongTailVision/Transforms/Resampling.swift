import CLongTailCodecs

/// How one axis of a picture is resampled: for each output pixel the input pixels that it is made of, and their weights.
///
/// The support is widened by the scale when shrinking, as Pillow does it; weights in fixed point with 22 bits.
struct Resampling {
    /// Input pixels that any output pixel is made of.
    private(set) var source: Range<Int>
    /// Number of output pixels.
    let count: Int
    /// Nil where output pixels are input pixels.
    private let weights: Weights?
    /// Where the input pixel stands that the weights call 0.
    private var origin: Int

    private struct Weights {
        var first: [Int32] = []
        var count: [Int32] = []
        var values: [Int32]
        let stride: Int
    }

    /// The pixels `start`..<`start + length` as `newLength` pixels, of which `count` from `offset` on are kept.
    ///
    /// Nothing outside `start`..<`start + length` is read.
    init(
        from start: Int, _ length: Int, to newLength: Int, keeping offset: Int, _ count: Int,
        _ interpolation: Interpolation = .bilinear, fine: Bool = true
    ) {
        if newLength == length {
            (source, self.count, weights, origin) = (start + offset..<start + offset + count, count, nil, 0)
        } else {
            let whole = Resampling(
                interval: 0, Double(length), of: length, to: newLength, keeping: offset, count, interpolation,
                fine: fine)
            self = whole.moved(start)
        }
    }

    /// The interval [start, end) of an axis of `length` pixels as `newLength` pixels, of which `count` from `offset` on
    /// are kept; weights that are not `fine` have 14 bits, which loops add up sooner.
    init(
        interval start: Double, _ end: Double, of length: Int, to newLength: Int, keeping offset: Int, _ count: Int,
        _ interpolation: Interpolation = .bilinear, fine: Bool = true
    ) {
        let scale = (end - start) / Double(newLength)
        let filterScale = max(scale, 1)
        let support = interpolation.support * filterScale
        let stride = Int(support.rounded(.up)) * 2 + 1
        var weights = Weights(values: [Int32](repeating: 0, count: stride * count), stride: stride)
        weights.first.reserveCapacity(count)
        weights.count.reserveCapacity(count)
        var filter = [Double](repeating: 0, count: stride)
        var (lowest, highest) = (Int.max, 0)
        for target in 0..<count {
            let center = start + (Double(target + offset) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let taps = max(1, min(stride, min(length, Int(center + support + 0.5)) - first))
            var sum = 0.0
            for i in 0..<taps {
                filter[i] = interpolation.weight((Double(i + first) - center + 0.5) * (1 / filterScale))
                sum += filter[i]
            }
            for i in 0..<taps {
                let share = sum != 0 ? filter[i] / sum : 0
                let half = share < 0 ? -0.5 : 0.5
                weights.values[target * stride + i] =
                    fine ? Int32(half + share * Double(1 << 22)) : Int32(half + share * Double(1 << 14)) << 8
            }
            weights.first.append(Int32(first))
            weights.count.append(Int32(taps))
            (lowest, highest) = (min(lowest, first), max(highest, first + taps))
        }
        (source, self.count, self.weights, origin) = (lowest..<highest, count, weights, 0)
    }

    /// Whether it leaves an axis of `length` pixels as it is.
    func isWhole(of length: Int) -> Bool { weights == nil && source == 0..<length }

    /// Whether output pixels are input pixels.
    var isCopy: Bool { weights == nil }

    /// The same for an axis whose pixels have numbers higher by `offset`.
    func moved(_ offset: Int) -> Resampling {
        var moved = self
        moved.source = source.lowerBound + offset..<source.upperBound + offset
        moved.origin += offset
        return moved
    }

    /// Calls `body` with the table that the loops read.
    func withAxis(_ body: (longtail_axis) -> Void) {
        guard let weights else { return }
        let first = origin == 0 ? weights.first : weights.first.map { $0 + Int32(origin) }
        first.withUnsafeBufferPointer { first in
            weights.count.withUnsafeBufferPointer { count in
                weights.values.withUnsafeBufferPointer { values in
                    body(
                        longtail_axis(
                            first: first.baseAddress, count: count.baseAddress, weights: values.baseAddress,
                            stride: weights.stride))
                }
            }
        }
    }
}
