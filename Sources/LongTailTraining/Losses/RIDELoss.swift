import LongTailBasics
import LongTailImbalance
import LongTailTorch
import LongTailVision

/// RIDE: per expert a class-weighted LDAM loss plus λ times its divergence from the experts' mean, summed.
///
/// Wang et al. 2021, equations 4 and 5, as in the official code. The experts' logits are those of cosine classifiers,
/// already times 30. Weights and temperatures per class apply from the deferred epoch on, and are 1 before.
public struct RIDELoss: ExpertLoss {
    private let individual: LDAMLoss
    private let diversity: DiversityTerm
    private let factor: Double

    /// A loss for given class counts in the epochs before or after the deferred one.
    ///
    /// - Parameters:
    ///   - counts: Training images per class, none 0.
    ///   - isDeferred: Whether the deferred epoch has come: 160 on CIFAR, 80 on ImageNet-LT, counted from 0.
    ///   - factor: λ; −0.45 on CIFAR-100-LT, −0.2 on the large sets. Negative values push the experts apart.
    ///   - reweighting: r of the temperatures, in 0...1; 0.05, 0.02 on ImageNet-LT, 0.015 on iNaturalist.
    ///   - margin: LDAM's largest margin.
    ///   - scale: What the classifiers multiply the cosine by.
    ///   - beta: β of the effective number.
    public init(
        _ counts: ClassCounts, isDeferred: Bool, factor: Double, reweighting: Double = 0.05, margin: Double = 0.5,
        scale: Double = 30, beta: Double = 0.9999
    ) throws(LongTailError) {
        try require("the diversity factor", factor)
        self.factor = factor
        let weights = isDeferred ? try counts.effectiveNumberWeights(beta: beta) : nil
        individual = try LDAMLoss(counts, margin: margin, scale: scale, weights: weights)
        diversity =
            if isDeferred {
                try DiversityTerm(temperatures: DiversityTerm.temperatures(counts, reweighting: reweighting))
            } else {
                try DiversityTerm(temperatures: counts.counts.map { _ in 1 })
            }
    }

    public func callAsFunction(_ experts: [Tensor], _ targets: Tensor) throws(LongTailError) -> Tensor {
        let mean = try experts.meanLogits()
        return try experts.sum { (expert) throws(LongTailError) in
            try individual(expert, targets).add(diversity(expert, mean: mean), alpha: factor)
        }
    }
}

/// RIDE's loss plus the distillation of a larger RIDE's mean into the student's mean.
///
/// The official code adds both once for every expert, so the whole is K times their sum; `perExpert` false adds it once.
public struct RIDEDistillationLoss {
    private let base: RIDELoss
    private let distillation: DistillationLoss
    private let perExpert: Bool

    /// A loss on top of RIDE's.
    public init(_ base: RIDELoss, temperature: Double = 1.5, perExpert: Bool = true) throws(LongTailError) {
        self.base = base
        distillation = try DistillationLoss(temperature: temperature)
        self.perExpert = perExpert
    }

    /// A scalar, from the experts' logits (N×K each), the teacher's mean logits (N×K) and N targets.
    public func callAsFunction(_ experts: [Tensor], teacher: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor
    {
        let once = try base(experts, targets).add(distillation(experts.meanLogits(), teacher: teacher))
        return perExpert ? try once.mul(Double(experts.count)) : once
    }
}

/// How far an expert is from the mean: t̄² KL(softmax(z̄ / t) ‖ softmax(z_k / t)), with a temperature per class.
///
/// Averaged over the batch; t̄ is the mean temperature; no gradient flows through the mean.
public struct DiversityTerm {
    private let temperatures: ClassVector
    private let factor: Double

    /// A term with a temperature above 0 for every class.
    public init(temperatures: [Double]) throws(LongTailError) {
        self.temperatures = try ClassVector(weights: temperatures)
        let mean = temperatures.reduce(0, +) / Double(max(1, temperatures.count))
        factor = mean * mean
    }

    /// (K π_c r + 1 − r), divided by the largest of them.
    public static func temperatures(_ counts: ClassCounts, reweighting: Double) throws(LongTailError) -> [Double] {
        try require("the re-weighting of temperatures", reweighting, atLeast: 0, atMost: 1)
        guard counts.total > 0 else { throw LongTailError(.data, "the classes have no training image at all") }
        let raw = counts.counts.map {
            Double(counts.classCount) * Double($0) / Double(counts.total) * reweighting + 1 - reweighting
        }
        let largest = raw.max() ?? 1
        return raw.map { $0 / largest }
    }

    /// A scalar, from two tensors of N×K logits.
    public func callAsFunction(_ expert: Tensor, mean: Tensor) throws(LongTailError) -> Tensor {
        let temperature = try temperatures.like(expert)
        return try divergence(of: expert.div(temperature), from: mean.div(temperature)).mul(factor)
    }
}
