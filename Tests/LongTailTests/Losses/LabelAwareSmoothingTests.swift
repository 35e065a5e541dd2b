import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

/// PyTorch 2.11.0's numbers (Tests/TorchTests/Fixtures/README.md).
@Suite struct LabelAwareSmoothingTests {
    private let counts: ClassCounts
    private let fixture: StateDict
    private let labels: Tensor

    init() throws {
        try Engine.setThreads(1)
        let numbers = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
        counts = try ClassCounts(names: (0..<10).map { "class \($0)" }, counts: numbers)
        fixture = try parityFixture("TorchTests/Fixtures/losses")
        labels = try Formula.labels(0, classes: 10, count: 8)
    }

    private func loss(_ shape: LabelAwareSmoothing.Shape, _ dtype: DType) throws(LongTailError) -> LabelAwareSmoothing {
        try LabelAwareSmoothing(counts, head: 0.4, tail: 0.1, shape: shape, power: 2, dtype: dtype)
    }

    @Test("The smoothing of every class is PyTorch's", arguments: LabelAwareSmoothing.Shape.allCases)
    func smoothing(shape: LabelAwareSmoothing.Shape) throws {
        let found = LabelAwareSmoothing.smoothing(counts, head: 0.4, tail: 0.1, shape: shape, power: 2)
        let expected = try #require(fixture["smoothing/\(shape.rawValue)"])
        #expect(relativeError(HostTensor(found, shape: [10], dtype: .float64), expected) <= 1e-15)
        #expect(abs(found[0] - 0.4) < 1e-15 && abs(found[9] - 0.1) < 1e-15)
    }

    @Test(
        "Loss and gradient are PyTorch's in every shape",
        arguments: LabelAwareSmoothing.Shape.allCases, [(DType.float64, 1e-9), (.float32, 1e-5)])
    func parity(shape: LabelAwareSmoothing.Shape, precision: (dtype: DType, tolerance: Double)) throws {
        let prefix = (precision.dtype == .float64 ? "float64" : "float32") + "/label-aware-\(shape.rawValue)"
        let logits = try Formula.tensor(10, [8, 10], scale: 3, dtype: precision.dtype)
        try logits.setRequiresGrad(true)
        let value = try loss(shape, precision.dtype)(logits, labels)
        try value.backward()
        #expect(try relativeError(value, fixture["\(prefix)/loss"]) <= precision.tolerance)
        let gradient = try #require(try logits.grad())
        #expect(try relativeError(gradient, fixture["\(prefix)/gradient"]) <= precision.tolerance)
    }

    @Test("The gradient is the slope in every shape", arguments: LabelAwareSmoothing.Shape.allCases)
    func slope(shape: LabelAwareSmoothing.Shape) throws {
        let loss = try loss(shape, .float64)
        let error = try gradientError(at: Formula.host(10, [8, 10], scale: 3)) { (logits) throws(LongTailError) in
            try loss(logits, labels)
        }
        #expect(error < 1e-7)
    }

    @Test("Without smoothing it is cross-entropy, and equal counts are all smoothed as the head") func corners() throws
    {
        let logits = try Formula.tensor(10, [8, 10], scale: 3)
        let plain = try LabelAwareSmoothing(counts, head: 0, tail: 0, shape: .concave, dtype: .float64)
        #expect(try relativeError(plain(logits, labels), CrossEntropyLoss()(logits, labels).host()) <= 1e-15)
        let equal = try ClassCounts(names: ["a", "b"], counts: [7, 7])
        for shape in LabelAwareSmoothing.Shape.allCases {
            let smoothing = LabelAwareSmoothing.smoothing(equal, head: 0.4, tail: 0.1, shape: shape)
            #expect(smoothing.count == 2 && smoothing.allSatisfy { abs($0 - 0.4) < 1e-15 })
        }
    }

    @Test(
        "Cross-entropy of logits shifted by the log of the counts is PyTorch's balanced soft-max",
        arguments: [(DType.float64, 1e-9), (.float32, 1e-5)])
    func prior(dtype: DType, tolerance: Double) throws {
        let prefix = (dtype == .float64 ? "float64" : "float32") + "/balanced-softmax"
        let logits = try Formula.tensor(10, [8, 10], scale: 3, dtype: dtype)
        try logits.setRequiresGrad(true)
        let value = try CrossEntropyLoss()(logits.add(Tensor(counts.logPrior).to(dtype)), labels)
        try value.backward()
        #expect(try relativeError(value, fixture["\(prefix)/loss"]) <= tolerance)
        #expect(try relativeError(try #require(try logits.grad()), fixture["\(prefix)/gradient"]) <= tolerance)
    }
}
