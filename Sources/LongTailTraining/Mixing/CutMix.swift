import Foundation
import LongTailBasics
import LongTailTorch

/// CutMix's box: a rectangle of one image pasted onto another, and the share of the label that stays.
///
/// Yun et al. 2019; CMO (Park et al. 2022) pastes images of a second sampler that favours small classes. As in the
/// official code the box's sides are √(1 − λ) of the picture's, its centre is uniform, it is clipped at the borders, and
/// the share is counted in pixels.
public struct CutMix: Sendable, Equatable {
    /// Rows that are pasted.
    public let rows: Range<Int>
    /// Columns that are pasted.
    public let columns: Range<Int>
    /// The share of the background's label: pixels that stay over all pixels.
    public let share: Double
    private let (height, width): (Int, Int)

    /// The box of λ around a centre, clipped; for pictures of at least one pixel.
    init(lambda: Double, row: Int, column: Int, height: Int, width: Int) {
        let side = max(0, 1 - lambda).squareRoot()
        // Halves are cut off, as in the official code, so that the sides are even.
        let (halfHeight, halfWidth) = (Int(Double(height) * side) / 2, Int(Double(width) * side) / 2)
        rows = max(0, row - halfHeight)..<min(height, row + halfHeight)
        columns = max(0, column - halfWidth)..<min(width, column + halfWidth)
        share = 1 - Double(rows.count * columns.count) / Double(height * width)
        (self.height, self.width) = (height, width)
    }

    /// The box of a step of an epoch: λ ~ Beta(α, α), a uniform centre.
    ///
    /// - Throws: When α is not above 0 or a picture has no pixel.
    public init(
        alpha: Double = 1, height: Int, width: Int, seed: UInt64, epoch: Int, step: Int
    ) throws(LongTailError) {
        try require("CutMix's alpha", alpha, above: 0)
        guard height > 0, width > 0 else { throw LongTailError(.data, "pictures of \(width) × \(height) pixels") }
        var random = CounterRandom(seed: seed, purpose: .mixing, epoch: epoch, index: step)
        let lambda = random.beta(alpha)
        self.init(
            lambda: lambda, row: random.below(height), column: random.below(width), height: height, width: width)
    }

    /// Background N×C×H×W with the foreground's box in it; both as they were.
    public func images(background: Tensor, foreground: Tensor) throws(LongTailError) -> Tensor {
        guard background.rank == 4, background.shape == foreground.shape,
            background.size(2) == height, background.size(3) == width
        else {
            throw LongTailError(
                .engine,
                "a box for \(width) × \(height) pixels does not fit images of the shapes \(background.shape) and"
                    + " \(foreground.shape)")
        }
        let mixed = try background.clone()
        if !rows.isEmpty, !columns.isEmpty { try box(mixed).copy_(box(foreground)) }
        return mixed
    }

    private func box(_ images: Tensor) throws(LongTailError) -> Tensor {
        try images.slice(2, from: rows.lowerBound, to: rows.upperBound)
            .slice(3, from: columns.lowerBound, to: columns.upperBound)
    }

    /// Whether CMO mixes a step: with probability ½, from the fifth epoch on and not in the last three.
    ///
    /// As in the official code; epochs count from 0.
    public static func isUsed(
        probability: Double = 0.5, epoch: Int, of epochs: Int, seed: UInt64, step: Int
    ) -> Bool {
        guard epoch > 3, epoch < epochs - 3 else { return false }
        var random = CounterRandom(seed: seed, purpose: .mixingChoice, epoch: epoch, index: step)
        return random.uniform() < probability
    }
}
