import LongTailBasics
import LongTailTorch

/// LFME's distillation from experts that know a subset of the classes each.
///
/// Xiang et al. 2020, as in the official code: the KL between the student's logits *of the subset* and the expert's, at
/// T = 2, without the factor T², averaged over the batch.
public struct SubsetDistillationLoss {
    private let classes: [Int]
    private let distillation: DistillationLoss

    /// A loss for a subset of the classes.
    ///
    /// - Parameters:
    ///   - classes: The student's labels of the expert's classes, in the expert's order; not empty.
    ///   - temperature: T, above 0.
    public init(classes: [Int], temperature: Double = 2) throws(LongTailError) {
        guard !classes.isEmpty, classes.allSatisfy({ $0 >= 0 }) else {
            throw LongTailError(.usage, "an expert needs at least one class, with a label that is not negative")
        }
        self.classes = classes
        distillation = try DistillationLoss(temperature: temperature, scaled: false)
    }

    /// A scalar, from the student's N×K logits and the expert's N×S.
    public func callAsFunction(_ student: Tensor, expert: Tensor) throws(LongTailError) -> Tensor {
        let columns = try Tensor(classes).to(device: student.device)
        return try distillation(student.indexSelect(1, columns), teacher: expert)
    }

    /// The term's weight: 1 while the student's accuracy on the subset is below `threshold` of the expert's, then
    /// falling linearly to 0 as the student catches up.
    ///
    /// The official code's threshold is 0.3.
    public static func weight(student: Double, expert: Double, threshold: Double = 0.3) throws(LongTailError) -> Double
    {
        try require("the threshold of self-paced distillation", threshold, atLeast: 0, atMost: 1)
        guard student >= expert * threshold, student < expert else { return student < expert ? 1 : 0 }
        return min(1, (expert - student) / expert / max(1 - threshold, .leastNonzeroMagnitude))
    }
}

/// LFME's curriculum: hard samples, those of little expert confidence, come in gradually.
public enum InstanceCurriculum {
    /// w + (1 − w) e / (E / 2) for an initial weight w in epoch e, counted from 1, of E.
    ///
    /// In the official code a weight reaches 1 at half of the epochs and goes on beyond; `staysAtOne` stops it there, as in
    /// the paper's text.
    public static func weight(initial: Double, epoch: Int, epochs: Int, staysAtOne: Bool = false) -> Double {
        let weight = initial + (1 - initial) * Double(epoch) / (Double(max(1, epochs)) / 2)
        return staysAtOne ? min(1, weight) : weight
    }

    /// The logits times each sample's weight (N×K, N), on which the official code puts cross-entropy and distillation.
    public static func weighted(_ logits: Tensor, _ weights: Tensor) throws(LongTailError) -> Tensor {
        try logits.mul(weights.unsqueeze(1))
    }
}
