import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// LDAM: cross-entropy after the true logit has lost a margin that is larger for small classes.
///
/// Cao et al. 2019, equation 13: CE_w(s (z − m_y e_y), y), m_c ∝ n_c^(−1/4). It wants the logits of a cosine classifier.
/// The house's cosine classifier multiplies by s = 30 itself, so by default only the margin is multiplied here;
/// `scalesLogits` is for bare cosines.
public struct LDAMLoss: Loss {
    private let drops: ClassVector
    private let scale: Double
    private let base: CrossEntropyLoss

    /// A loss for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class, none 0.
    ///   - margin: The largest margin, at least 0; the official code's 0.5.
    ///   - scale: s, above 0.
    ///   - scalesLogits: Whether the loss multiplies the logits by s, too.
    ///   - weights: Weights per class (deferred re-weighting), nil for none.
    public init(
        _ counts: ClassCounts, margin: Double = 0.5, scale: Double = 30, scalesLogits: Bool = false,
        weights: [Double]? = nil
    ) throws(LongTailError) {
        try require("LDAM's scale", scale, above: 0)
        drops = ClassVector(try Self.margins(counts, largest: margin).map { -scale * $0 })
        self.scale = scalesLogits ? scale : 1
        base = if let weights { try CrossEntropyLoss(weights: weights) } else { CrossEntropyLoss() }
    }

    /// m_c = n_c^(−1/4), scaled so that the largest is `largest`.
    public static func margins(_ counts: ClassCounts, largest: Double = 0.5) throws(LongTailError) -> [Double] {
        try require("LDAM's margin", largest, atLeast: 0)
        try counts.requireNoEmptyClass(for: "LDAM's margin")
        return counts.counts.map { largest * pow(Double(counts.minimum) / Double($0), 0.25) }
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try logits.requireLogits(of: targets)
        let drop = try drops.like(logits).indexSelect(0, targets).unsqueeze(1)
        let scaled = scale == 1 ? logits : try logits.mul(scale)
        return try base(scaled.scatterAdd(1, targets.unsqueeze(1), drop), targets)
    }
}
