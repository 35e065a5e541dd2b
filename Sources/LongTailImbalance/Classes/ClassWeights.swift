import Foundation
import LongTailBasics

// Weights per class for cross-entropy, focal loss and LDAM; each list has the mean 1.
extension ClassCounts {
    /// (1 − β) / (1 − β^n_c), the inverse effective number of images, scaled to the mean 1.
    ///
    /// Cui et al. 2019, equation 3. β = 0 gives ones, β = 1 the limit 1 / n_c.
    ///
    /// - Throws: When β is not in 0...1 or a class is empty.
    public func effectiveNumberWeights(beta: Double) throws(LongTailError) -> [Double] {
        try require("beta", beta, atLeast: 0, atMost: 1)
        try requireNoEmptyClass(for: "a weight by the effective number")
        return scaled(counts.map { 1 / Self.effectiveNumber($0, beta: beta) })
    }

    /// (1 / π_c)^ρ scaled to the mean 1: DisAlign's generalised re-weighting; ρ = 1 is the inverse frequency.
    ///
    /// Zhang et al. 2021, equation 9.
    ///
    /// - Throws: When ρ is not finite or a class is empty.
    public func inverseFrequencyWeights(power rho: Double = 1) throws(LongTailError) -> [Double] {
        try require("the power of class weights", rho)
        try requireNoEmptyClass(for: "a weight by the inverse frequency")
        // Relative to the largest class, so that no power overflows before the scaling.
        return scaled(counts.map { pow(Double(maximum) / Double($0), rho) })
    }

    /// (1 − β^n) / (1 − β), exact for β near 1; n for β = 1.
    static func effectiveNumber(_ count: Int, beta: Double) -> Double {
        guard beta < 1 else { return Double(count) }
        return -expm1(Double(count) * log(beta)) / (1 - beta)
    }

    private func scaled(_ weights: [Double]) -> [Double] {
        let factor = Double(weights.count) / weights.reduce(0, +)
        return weights.map { $0 * factor }
    }
}

/// Deferred re-weighting (DRW): ones until an epoch, weights by the effective number from it on.
///
/// Cao et al. 2019, section 3.3; the official code begins at the 161st of 200 epochs with β = 0.9999.
public struct DeferredReweighting: Sendable {
    /// The first epoch with weights, counted from 0.
    public let start: Int
    private let late: [Double]

    /// The schedule for class counts.
    public init(_ counts: ClassCounts, beta: Double = 0.9999, start: Int = 160) throws(LongTailError) {
        self.start = start
        late = try counts.effectiveNumberWeights(beta: beta)
    }

    /// The weights of an epoch, counted from 0.
    public func weights(epoch: Int) -> [Double] { epoch < start ? late.map { _ in 1 } : late }
}
