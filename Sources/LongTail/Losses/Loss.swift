import Basics
import Torch

/// Logits and targets to one number; what it needs of the class counts it holds as tensors.
public protocol Loss {
    /// The mean loss of a batch.
    ///
    /// - Parameters:
    ///   - logits: N×K, float32 or float64.
    ///   - targets: N class indices, int64.
    func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(Failure) -> Tensor
}

/// Cross-entropy: the mean over the batch of −z_y + log Σ_c exp z_c.
public struct CrossEntropyLoss: Loss {
    /// It has no parameters.
    public init() {}

    /// See `Loss`.
    public func callAsFunction(_ logits: Tensor, _ targets: Tensor) throws(Failure) -> Tensor {
        try logits.crossEntropy(targets)
    }
}
