import Foundation
import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// LADE: balanced soft-max plus α times a term that frees the logits of the training prior.
///
/// Hong et al. 2021, equations 8 to 10, as in the official code. With x_bc = z_bc − log(π_c + 1e-9) + log(1/K + 1e-9), A_c the
/// mean of z_bc over the batch's images of class c (0 if none) and Q_c = log mean_b exp x_bc,
/// L_LADE = −Σ_c π_c (A_c − Q_c − λ Q_c²).
public struct LADELoss: Loss {
    private let base: BalancedSoftmaxLoss
    private let prior: ClassVector
    private let shift: ClassVector
    private let alpha: Double
    private let lambda: Double

    /// A loss for given class counts.
    ///
    /// - Parameters:
    ///   - counts: Training images per class; an empty one leaves both parts.
    ///   - alpha: α, at least 0; 0.1 on CIFAR-100-LT, 0.05 on ImageNet-LT and iNaturalist, 0.005 on Places-LT.
    ///   - lambda: λ, at least 0; 0.01 on CIFAR-100-LT, 0.5 on ImageNet-LT, 0.1 on Places-LT.
    public init(_ counts: ClassCounts, alpha: Double = 0.1, lambda: Double = 0.01) throws(LongTailError) {
        try require("LADE's alpha", alpha, atLeast: 0)
        try require("LADE's lambda", lambda, atLeast: 0)
        base = try BalancedSoftmaxLoss(counts)
        let balanced = log(1 / Double(counts.classCount) + 1e-9)
        shift = ClassVector(try counts.logPrior(floor: 1e-9).map { balanced - $0 })
        prior = ClassVector(counts.counts.map { Double($0) / Double(counts.total) })
        (self.alpha, self.lambda) = (alpha, lambda)
    }

    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try base(logits, targets).add(freed(logits, targets), alpha: alpha)
    }

    private func freed(_ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        let truth = try targets.oneHot(logits.size(1)).to(like: logits)
        let own = try logits.mul(truth).sum([0]).div(truth.sum([0]).clamp(min: 1))
        let all = try logits.add(shift.like(logits)).logsumexp([0]).add(-log(Double(logits.size(0))))
        return try own.sub(all).sub(all.mul(all).mul(lambda)).mul(prior.like(logits)).sum().neg()
    }
}
