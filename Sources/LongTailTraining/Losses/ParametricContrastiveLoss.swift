import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// PaCo and GPaCo: supervised contrast with one learnable centre per class, in one soft-max.
///
/// Cui et al. 2021 and 2023, as in the official code. The contrast set holds the anchors first, then keys and queue.
/// With s_ij = q_i · a_j / T and u_ic = (centre logit + log(π_c + 1e-9)) / T_c,
///
/// D_i = Σ_c exp u_ic + γ Σ_{j ≠ i} exp s_ij,
/// L_i = −[β (u_iy − log D_i) + α Σ_{j ≠ i, same label} (s_ij − log D_i)] / (β + α P_i), averaged over the anchors.
///
/// PaCo's anchors are the queries alone; GPaCo's are both views.
public struct ParametricContrastiveLoss {
    /// The weights of the parts.
    public struct Weights: Sendable, Equatable {
        /// Of each positive of the contrast set, at least 0.
        public var alpha: Double
        /// Of the true centre, above 0.
        public var beta = 1.0
        /// Of the contrast set in the denominator, at least 0.
        public var gamma = 1.0
        /// Label smoothing of the centres, in 0...1: s / (K − 1) goes to each other centre.
        public var smoothing = 0.0

        /// Weights with all but α as in the official runs on long-tailed data.
        public init(alpha: Double) { self.alpha = alpha }
    }

    private let weights: Weights
    private let temperature: Double
    private let centreTemperature: Double
    private let shift: ClassVector?

    /// A loss.
    ///
    /// - Parameters:
    ///   - counts: Training images per class, for the prior's shift of the centres; nil for none. An empty class has the
    ///     prior 1e-9.
    ///   - weights: α = 0.01 on CIFAR-100-LT, 0.05 on ImageNet-LT and iNaturalist 2018.
    ///   - temperature: T of the similarities, above 0; 0.05 on CIFAR-100-LT, 0.2 on ImageNet-LT.
    ///   - centreTemperature: T_c of the centres, above 0.
    public init(
        _ counts: ClassCounts?, weights: Weights, temperature: Double, centreTemperature: Double = 1
    ) throws(LongTailError) {
        try require("alpha", weights.alpha, atLeast: 0)
        try require("beta", weights.beta, above: 0)
        try require("gamma", weights.gamma, atLeast: 0)
        try require("the smoothing", weights.smoothing, atLeast: 0, atMost: 1)
        try require("the temperature", temperature, above: 0)
        try require("the temperature of the centres", centreTemperature, above: 0)
        self.weights = weights
        self.temperature = temperature
        self.centreTemperature = centreTemperature
        shift = if let counts { ClassVector(try counts.logPrior(floor: 1e-9)) } else { nil }
    }

    /// A scalar.
    ///
    /// - Parameters:
    ///   - centreLogits: A×K, of the anchors.
    ///   - contrast: R×D unit vectors, R ≥ A; the first A are the anchors. Keys and queue come without gradient.
    ///   - labels: R class indices, int64.
    public func callAsFunction(
        centreLogits: Tensor, contrast: Tensor, labels: Tensor
    ) throws(LongTailError) -> Tensor {
        try contrast.requireLogits(of: labels)
        guard centreLogits.rank == 2, centreLogits.count > 0, centreLogits.size(0) <= contrast.size(0) else {
            throw LongTailError(
                .engine,
                "centre logits of the shape \(centreLogits.shape) do not fit \(contrast.size(0)) contrasted vectors")
        }
        let (anchors, classes) = (centreLogits.size(0), centreLogits.size(1))
        let similarity = try contrast.slice(0, from: 0, to: anchors).matmul(contrast.transpose(0, 1)).div(temperature)
        let shifted = if let shift { try centreLogits.add(shift.like(centreLogits)) } else { centreLogits }
        let all = try Tensor.cat([shifted.div(centreTemperature), similarity], 1)
        let logits = try all.sub(all.detach().amax([1], keep: true))

        let others = try similarity.eyeLike(anchors, contrast.size(0)).neg().add(1)
        let inDenominator = try Tensor.cat([centreLogits.detach().onesLike(), others.mul(weights.gamma)], 1)
        let logDenominator = try logits.exp().mul(inDenominator).sum([1], keep: true).add(1e-12).log()

        let own = try labels.slice(0, from: 0, to: anchors)
        let mates = try own.unsqueeze(1).eq(labels.unsqueeze(0)).to(like: similarity).mul(others)
        let positive = try Tensor.cat([centres(own, classes, like: similarity), mates.mul(weights.alpha)], 1)
        let perAnchor = try logits.sub(logDenominator).mul(positive).sum([1]).div(positive.sum([1]))
        return try perAnchor.mean().neg()
    }

    /// β for the true centre; smoothed when asked.
    private func centres(_ labels: Tensor, _ classes: Int, like: Tensor) throws(LongTailError) -> Tensor {
        let truth = try labels.oneHot(classes).to(like: like)
        guard weights.smoothing > 0 else { return try truth.mul(weights.beta) }
        guard classes > 1 else { throw LongTailError(.usage, "label smoothing needs a second class") }
        let rest = weights.smoothing / Double(classes - 1)
        return try truth.mul(1 - weights.smoothing - rest).add(rest).mul(weights.beta)
    }
}
