import Foundation

/// How probable each class is when a sampler draws the class first.
///
/// A class without images has probability 0 in all of them.
public enum ClassDraw: Sendable, Equatable {
    /// p_c ∝ n_c^q: 1 natural, ½ square-root, 0 class-balanced, −1 reversed.
    ///
    /// Kang et al. 2020, equation 1; reversed: Zhou et al. 2020, section 4.3. CMO's partner, an image with the weight
    /// 1/n_c^α (Park et al. 2022), is q = 1 − α.
    case power(Double)
    /// p_c ∝ n_c (1 − β) / (1 − β^n_c): every image weighs the inverse effective number of its class.
    ///
    /// The re-sampling of LDAM-DRW's code, β = 0.9999.
    case effectiveNumber(beta: Double)
    /// (1 − e/E) natural + (e/E) class-balanced in epoch e, counted from 0, of E.
    ///
    /// Kang et al. 2020, equation 2.
    case progressive(epochs: Int)

    /// Every class equally often.
    public static let balanced = ClassDraw.power(0)
    /// In proportion to the square root of the class's size.
    public static let squareRoot = ClassDraw.power(0.5)
    /// In inverse proportion to the class's size (BBN's second branch).
    public static let reversed = ClassDraw.power(-1)

    /// The probabilities in an epoch, in label order; all 0 when there is no image.
    public func probabilities(_ counts: [Int], epoch: Int = 0) -> [Double] {
        let (largest, present) = (Double(max(1, counts.max() ?? 1)), Double(counts.count { $0 > 0 }))
        let total = counts.reduce(0.0) { $0 + Double($1) }
        let weights = counts.map { count -> Double in
            guard count > 0 else { return 0 }
            switch self {
            // Relative to the largest class, so that no power overflows.
            case .power(let q): return pow(Double(count) / largest, q)
            case .effectiveNumber(let beta): return Double(count) / ClassCounts.effectiveNumber(count, beta: beta)
            case .progressive(let epochs):
                let progress = min(1, max(0, Double(epoch) / Double(max(1, epochs))))
                return (1 - progress) * Double(count) / total + progress / present
            }
        }
        let sum = weights.reduce(0, +)
        return sum > 0 ? weights.map { $0 / sum } : weights
    }
}
