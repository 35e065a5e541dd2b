import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// Mixup: x' = λ x + (1 − λ) x_π, and the loss mixed alike.
///
/// One λ from Beta(α, α) and one permutation π for a batch (Zhang et al. 2018).
public struct Mixup {
    /// λ.
    public let weight: Double
    /// π: each image's partner in the batch.
    public let permutation: [Int]
    private let partner: Tensor

    /// The mixing of a step of an epoch; nil when α is 0.
    public init?(alpha: Double, count: Int, seed: UInt64, epoch: Int, step: Int) throws(LongTailError) {
        guard alpha > 0 else { return nil }
        var random = CounterRandom(seed: seed, purpose: .mixing, epoch: epoch, index: step)
        weight = random.beta(alpha)
        permutation = random.permutation(count)
        partner = try Tensor(permutation)
    }

    /// The mixed images.
    public func images(_ images: Tensor) throws(LongTailError) -> Tensor {
        try images.mul(weight).add_(images.indexSelect(0, partner), alpha: 1 - weight)
    }

    /// λ l(z, y) + (1 − λ) l(z, y_π).
    public func loss(_ loss: any Loss, _ logits: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try loss.mixed(logits, targets, targets.indexSelect(0, partner), share: weight)
    }
}
