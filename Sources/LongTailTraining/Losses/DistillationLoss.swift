import LongTailBasics
import LongTailTorch

/// Knowledge distillation: T² KL(softmax(z_t / T) ‖ softmax(z_s / T)), averaged over the batch.
///
/// Hinton et al. 2015. No gradient reaches the teacher.
public struct DistillationLoss {
    private let temperature: Double
    private let factor: Double

    /// A loss at a temperature above 0.
    ///
    /// - Parameters:
    ///   - temperature: T.
    ///   - scaled: Whether the factor T² stands before it; LFME's code leaves it out.
    public init(temperature: Double, scaled: Bool = true) throws(LongTailError) {
        try require("the temperature", temperature, above: 0)
        self.temperature = temperature
        factor = scaled ? temperature * temperature : 1
    }

    /// A scalar, from two tensors of N×K logits.
    public func callAsFunction(_ student: Tensor, teacher: Tensor) throws(LongTailError) -> Tensor {
        try divergence(of: student.div(temperature), from: teacher.div(temperature)).mul(factor)
    }
}

/// KL(softmax(target) ‖ softmax(logits)), averaged over the rows; no gradient reaches the target.
func divergence(of logits: Tensor, from target: Tensor) throws(LongTailError) -> Tensor {
    try logits.requireSameShape(as: target, "a teacher's logits")
    return try logits.logSoftmax().klDiv(logTarget: target.detach().logSoftmax())
}
