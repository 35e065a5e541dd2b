import LongTailBasics

/// Samples drawn with replacement, in proportion to a weight each.
///
/// torch.utils.data.WeightedRandomSampler.
public struct WeightedSampler: Sampler {
    private let draw: WeightedDraw?
    private let purpose: CounterRandom.Purpose
    /// Indices in an epoch.
    public let length: Int

    /// A sampler of as many samples as there are weights.
    ///
    /// - Parameters:
    ///   - weights: Not negative, finite, one above 0; any scale.
    ///   - length: Indices in an epoch; by default the number of weights. Negative ones count as 0.
    ///   - purpose: `.partner` beside another sampler of the same stage.
    public init(weights: [Double], length: Int? = nil, purpose: CounterRandom.Purpose = .order) throws(LongTailError) {
        if let index = weights.indices.first(where: { !(weights[$0] >= 0 && weights[$0].isFinite) }) {
            throw LongTailError(
                .usage, "the weight of sample \(index) must be a number of at least 0, found \(weights[index])")
        }
        let length = max(0, length ?? weights.count)
        draw = WeightedDraw(weights)
        guard draw != nil || length == 0 else {
            throw LongTailError(
                .usage, "no sample can be drawn: all \(weights.count) weights are 0, or their sum is not finite")
        }
        (self.length, self.purpose) = (length, purpose)
    }

    /// `length` independent draws.
    public func order(epoch: Int, seed: UInt64) -> [Int] {
        guard let draw else { return [] }
        var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch)
        return (0..<length).map { _ in draw.next(&random) }
    }
}
