import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// A loss as a function of inputs, under the name that scripts/fixtures/losses.py gives it.
struct LossCase: Sendable, CustomTestStringConvertible {
    /// An input: offset + scale · u(k), rounded to float32.
    struct Input: Sendable {
        let k: Int
        let shape: [Int]
        var scale = 1.0
        var offset = 0.0

        func tensor(_ dtype: DType) throws(LongTailError) -> Tensor {
            try Formula.tensor(k, shape, scale: scale, offset: offset, dtype: .float32).to(dtype)
        }

        /// The same numbers in float64.
        var host: HostTensor {
            let rounded = Formula.host(k, shape, scale: scale, offset: offset, dtype: .float32)
            return HostTensor(rounded.doubles, shape: shape, dtype: .float64)
        }
    }

    let name: String
    let inputs: [Input]
    /// Inputs that no gradient reaches.
    var constant: Set<Int> = []
    let loss: @Sendable ([Tensor]) throws(LongTailError) -> Tensor

    var testDescription: String { name }

    init(
        _ name: String, _ inputs: Input..., constant: Set<Int> = [],
        _ loss: @escaping @Sendable ([Tensor]) throws(LongTailError) -> Tensor
    ) {
        (self.name, self.inputs, self.constant, self.loss) = (name, inputs, constant, loss)
    }
}

/// What the fixture's losses are of.
enum LossInputs {
    static let classes = 10
    static let distinct = (0..<8).map { (37 * $0 + 11) % 10 }
    static let repeated = [0, 0, 0, 1, 3, 3, 9, 9]
    static let other = (0..<8).map { (3 * $0 + 5) % 10 }
    static let queueLabels = (0..<12).map { (7 * $0 + 1) % 10 }
    static let numbers = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]

    static func counts(_ numbers: [Int] = numbers) throws(LongTailError) -> ClassCounts {
        try ClassCounts(names: numbers.indices.map { "class \($0)" }, counts: numbers)
    }

    static let logits = LossCase.Input(k: 10, shape: [8, 10], scale: 3)
    static let teacher = LossCase.Input(k: 13, shape: [8, 10], scale: 3)
    static func expert(_ e: Int) -> LossCase.Input { .init(k: 20 + e, shape: [8, 10], scale: 6) }
    static func experts(_ first: Int, like dtype: DType) throws(LongTailError) -> [Tensor] {
        try [expert(first).tensor(dtype), expert(first + 1).tensor(dtype), expert(first + 2).tensor(dtype)]
    }
}

extension LossCase {
    private typealias In = LossInputs

    static let all = ofLogits + teachers + experts + others

    private static let ofLogits = [
        LossCase("balanced-softmax", In.logits) { (x) throws(LongTailError) in
            try BalancedSoftmaxLoss(In.counts())(x[0], Tensor(In.distinct))
        },
        LossCase("logit-adjusted", In.logits) { (x) throws(LongTailError) in
            try LogitAdjustedLoss(In.counts(), tau: 1.5, floor: 1e-12)(x[0], Tensor(In.distinct))
        },
        LossCase("weighted-cross-entropy", In.logits) { (x) throws(LongTailError) in
            try CrossEntropyLoss(weights: In.counts().effectiveNumberWeights(beta: 0.999))(x[0], Tensor(In.distinct))
        },
        LossCase("focal", In.logits) { (x) throws(LongTailError) in try FocalLoss()(x[0], Tensor(In.distinct)) },
        LossCase("focal-weighted", In.logits) { (x) throws(LongTailError) in
            let weights = try In.counts().effectiveNumberWeights(beta: 0.999)
            return try FocalLoss(gamma: 2, weights: weights)(x[0], Tensor(In.distinct))
        },
        LossCase("focal-weighted-true", In.logits) { (x) throws(LongTailError) in
            let weights = try In.counts().effectiveNumberWeights(beta: 0.999)
            return try FocalLoss(gamma: 0.5, weights: weights, weightsProbability: false)(x[0], Tensor(In.distinct))
        },
        LossCase("focal-sigmoid", In.logits) { (x) throws(LongTailError) in
            let weights = try In.counts().effectiveNumberWeights(beta: 0.999)
            return try FocalLoss(gamma: 0.5, weights: weights, form: .sigmoid)(x[0], Tensor(In.distinct))
        },
        LossCase("ldam", Input(k: 12, shape: [8, 10])) { (x) throws(LongTailError) in
            try LDAMLoss(In.counts(), scalesLogits: true)(x[0], Tensor(In.distinct))
        },
        LossCase("ldam-weighted", In.logits) { (x) throws(LongTailError) in
            let weights = try DeferredReweighting(In.counts()).weights(epoch: 160)
            return try LDAMLoss(In.counts(), weights: weights)(x[0], Tensor(In.distinct))
        },
        LossCase("gml-after", In.logits) { (x) throws(LongTailError) in
            try GeometricMeanLoss(In.counts())(x[0], Tensor(In.repeated))
        },
        LossCase("gml-before", In.logits) { (x) throws(LongTailError) in
            try GeometricMeanLoss(In.counts(), order: .beforeMean)(x[0], Tensor(In.repeated))
        },
        LossCase("gml-plain-after", In.logits) { (x) throws(LongTailError) in
            try GeometricMeanLoss(nil)(x[0], Tensor(In.repeated))
        },
        LossCase("gml-plain-before", In.logits) { (x) throws(LongTailError) in
            try GeometricMeanLoss(nil, order: .beforeMean)(x[0], Tensor(In.repeated))
        },
        LossCase("gml-power", In.logits) { (x) throws(LongTailError) in
            try GeometricMeanLoss(In.counts(), power: 2)(x[0], Tensor(In.repeated))
        },
        LossCase("lade", In.logits) { (x) throws(LongTailError) in
            try LADELoss(In.counts(), alpha: 0.1, lambda: 0.5)(x[0], Tensor(In.repeated))
        },
        LossCase("soft-target", In.logits) { (x) throws(LongTailError) in
            let targets = try Remix(In.counts()).targets(In.repeated, In.other, lambda: 0.3)
            return try SoftTargetCrossEntropy()(x[0], targets)
        },
    ]

    private static let teachers = [
        LossCase("distillation", In.logits, In.teacher, constant: [1]) { (x) throws(LongTailError) in
            try DistillationLoss(temperature: 3)(x[0], teacher: x[1])
        },
        LossCase("dive", In.logits, In.teacher, constant: [1]) { (x) throws(LongTailError) in
            try DiVELoss(In.counts(), alpha: 0.4)(x[0], teacher: x[1], Tensor(In.distinct))
        },
        LossCase("lfme", In.logits, Input(k: 14, shape: [8, 3], scale: 3), constant: [1]) { (x) throws(LongTailError) in
            try SubsetDistillationLoss(classes: [1, 4, 6])(x[0], expert: x[1])
        },
        LossCase(
            "paco", Input(k: 15, shape: [8, 6]), Input(k: 16, shape: [8, 6]), Input(k: 17, shape: [12, 6]), In.logits,
            constant: [1, 2]
        ) { (x) throws(LongTailError) in
            let loss = try ParametricContrastiveLoss(In.counts(), weights: .init(alpha: 0.05), temperature: 0.2)
            let contrast = try Tensor.cat([x[0], x[1].detach(), x[2].detach()]).normalize(1)
            let labels = try Tensor(In.repeated + In.repeated + In.queueLabels)
            return try loss(centreLogits: x[3], contrast: contrast, labels: labels)
        },
        LossCase(
            "gpaco", Input(k: 18, shape: [16, 6]), Input(k: 17, shape: [12, 6]),
            Input(k: 19, shape: [16, 10], scale: 3),
            constant: [1]
        ) { (x) throws(LongTailError) in
            var weights = ParametricContrastiveLoss.Weights(alpha: 0.02)
            (weights.beta, weights.gamma, weights.smoothing) = (1.5, 0.7, 0.1)
            let loss = try ParametricContrastiveLoss(In.counts(), weights: weights, temperature: 0.3)
            let contrast = try Tensor.cat([x[0], x[1].detach()]).normalize(1)
            let labels = try Tensor(In.repeated + In.repeated + In.queueLabels)
            return try loss(centreLogits: x[2], contrast: contrast, labels: labels)
        },
    ]

    private static let experts = [
        LossCase("ride-early", In.expert(0), In.expert(1), In.expert(2)) { (x) throws(LongTailError) in
            try RIDELoss(In.counts(), isDeferred: false, factor: -0.45)(x, Tensor(In.distinct))
        },
        LossCase("ride-deferred", In.expert(0), In.expert(1), In.expert(2)) { (x) throws(LongTailError) in
            try RIDELoss(In.counts(), isDeferred: true, factor: -0.2)(x, Tensor(In.distinct))
        },
        LossCase("ride-distilled", In.expert(0), In.expert(1), In.expert(2)) { (x) throws(LongTailError) in
            let base = try RIDELoss(In.counts(), isDeferred: true, factor: -0.2)
            let teacher = try In.teacher.tensor(.float64).to(like: x[0])
            return try RIDEDistillationLoss(base)(x, teacher: teacher, Tensor(In.distinct))
        },
        LossCase("ride-distilled-once", In.expert(0), In.expert(1), In.expert(2)) { (x) throws(LongTailError) in
            let base = try RIDELoss(In.counts(), isDeferred: true, factor: -0.2)
            let teacher = try In.teacher.tensor(.float64).to(like: x[0])
            return try RIDEDistillationLoss(base, perExpert: false)(x, teacher: teacher, Tensor(In.distinct))
        },
        LossCase("sade", In.expert(0), In.expert(1), In.expert(2)) { (x) throws(LongTailError) in
            try SADELoss(In.counts())(x, Tensor(In.distinct))
        },
        LossCase("routing", Input(k: 23, shape: [8, 2], scale: 2)) { (x) throws(LongTailError) in
            let wanted = try Tensor((0..<16).map { ($0 / 2 + $0 % 2) % 3 == 0 ? 1.0 : 0 }, shape: [8, 2])
            return try RoutingLoss()(x[0], wanted.to(like: x[0]))
        },
        LossCase("aggregation", Input(k: 26, shape: [3], scale: 0.5)) { (x) throws(LongTailError) in
            let dtype = x[0].dtype ?? .float32
            let (first, second) = (try In.experts(0, like: dtype), try In.experts(3, like: dtype))
            return try ExpertAggregation(weight: x[0]).loss(first, second)
        },
    ]

    private static let others = [
        LossCase(
            "disalign", In.logits, Input(k: 31, shape: [1, 10], scale: 0.2, offset: 1),
            Input(k: 32, shape: [1, 10], scale: 0.2), Input(k: 33, shape: [1, 5]), Input(k: 34, shape: [1], scale: 0.2)
        ) { (x) throws(LongTailError) in
            let features = try Input(k: 30, shape: [8, 5]).tensor(.float64).to(like: x[0])
            let sigma = try features.linear(x[3], bias: x[4]).sigmoid()
            let calibrated = try DisAlignHead.calibrated(x[0], sigma: sigma, scale: x[1], bias: x[2])
            let weights = try In.counts().inverseFrequencyWeights(power: 1.2)
            return try CrossEntropyLoss(weights: weights)(calibrated, Tensor(In.distinct))
        },
        LossCase(
            "bbn", Input(k: 30, shape: [8, 5]), Input(k: 35, shape: [8, 5]), Input(k: 36, shape: [10, 10]),
            Input(k: 37, shape: [10], scale: 0.2)
        ) { (x) throws(LongTailError) in
            let share = try BilateralShare(0.3)
            let logits = try share.features(x[0], x[1]).linear(x[2], bias: x[3])
            return try share.loss(logits, conventional: Tensor(In.distinct), rebalancing: Tensor(In.other))
        },
    ]
}

/// The failure that `body` throws, or nil; without typed throws, which arrays of closures keep the compiler from.
func refusal(_ body: () throws -> Void) -> LongTailError? {
    do {
        try body()
        return nil
    } catch { return error as? LongTailError }
}
