import LongTailBasics
import LongTailImbalance
import LongTailTorch

/// DiVE: distillation from a teacher's flattened predictions ("virtual examples") beside the balanced soft-max.
///
/// He, Wu & Wei 2021, as in BagofTricks-LT's code: q̃ = softmax(z_t / T)^p, normalised;
/// L = α T² KL(q̃ ‖ softmax(z_s / T)) + (1 − α) BSCE(z_s, y). The KL sees the student's plain logits.
public struct DiVELoss {
    private let alpha: Double
    private let temperature: Double
    private let power: Double
    private let base: BalancedSoftmaxLoss

    /// A loss for given class counts; defaults of all CIFAR configurations.
    ///
    /// - Parameters:
    ///   - counts: Training images per class.
    ///   - alpha: Share of the distillation, in 0...1.
    ///   - temperature: T, above 0.
    ///   - power: p, above 0; 1 leaves the predictions as they are.
    public init(
        _ counts: ClassCounts, alpha: Double = 0.5, temperature: Double = 2, power: Double = 0.5
    ) throws(LongTailError) {
        try require("DiVE's alpha", alpha, atLeast: 0, atMost: 1)
        try require("DiVE's temperature", temperature, above: 0)
        try require("DiVE's power", power, above: 0)
        (self.alpha, self.temperature, self.power) = (alpha, temperature, power)
        base = try BalancedSoftmaxLoss(counts)
    }

    /// q̃, N×K rows that sum to 1, of a teacher's logits N×K.
    ///
    /// Their sum over the data is the number of virtual examples of each class.
    public func virtualExamples(_ teacher: Tensor) throws(LongTailError) -> Tensor { try flattened(teacher).softmax() }

    /// A scalar; no gradient reaches the teacher.
    ///
    /// - Parameters:
    ///   - student: N×K logits.
    ///   - teacher: N×K logits for the same augmented images.
    ///   - targets: N class indices, int64.
    public func callAsFunction(_ student: Tensor, teacher: Tensor, _ targets: Tensor) throws(LongTailError) -> Tensor {
        try divergence(of: student.div(temperature), from: flattened(teacher))
            .mul(alpha * temperature * temperature).add(base(student, targets), alpha: 1 - alpha)
    }

    /// (softmax(z / T))^p, normalised, is softmax(p z / T).
    private func flattened(_ teacher: Tensor) throws(LongTailError) -> Tensor { try teacher.mul(power / temperature) }
}
