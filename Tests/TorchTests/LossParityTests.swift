import LongTail
import OrderedCollections
import TestSupport
import Testing

/// PyTorch 2.11.0's numbers (Fixtures/README.md).
@Suite struct LossParityTests {
    /// The losses that need no class counts, of logits [8, 10].
    enum Name: String, CaseIterable {
        case hard = "cross-entropy"
        case soft = "soft-cross-entropy"
        case mixed = "mixup-cross-entropy"

        func loss(_ logits: Tensor, _ fixture: StateDict) throws -> Tensor {
            let labels = try Formula.labels(0, classes: 10, count: 8)
            switch self {
            case .hard: return try logits.crossEntropy(labels)
            case .soft:
                return try logits.crossEntropy(Tensor(try #require(fixture["soft-targets"])).to(logits.dtype ?? .bool))
            case .mixed:
                let reversed = try labels.indexSelect(0, Tensor((0..<8).map { 7 - $0 }))
                return try logits.crossEntropy(labels).mul(0.3).add(logits.crossEntropy(reversed), alpha: 0.7)
            }
        }
    }

    @Test(
        "Cross-entropy of labels, of soft targets and of mixed targets, and its gradient, are PyTorch's",
        arguments: Name.allCases, [(DType.float64, 1e-9), (.float32, 1e-5)])
    func losses(name: Name, precision: (dtype: DType, tolerance: Double)) throws {
        let fixture = try parityFixture("TorchTests/Fixtures/losses")
        let prefix = (precision.dtype == .float64 ? "float64/" : "float32/") + name.rawValue
        let logits = try Formula.tensor(10, [8, 10], scale: 3, dtype: precision.dtype)
        try logits.setRequiresGrad(true)
        let loss = try name.loss(logits, fixture)
        try loss.backward()
        #expect(try relativeError(loss, fixture["\(prefix)/loss"]) <= precision.tolerance)
        let gradient = try #require(try logits.grad())
        #expect(try relativeError(gradient, fixture["\(prefix)/gradient"]) <= precision.tolerance)
    }

    @Test("Their gradients are their slopes", arguments: Name.allCases) func slopes(name: Name) throws {
        let fixture = try parityFixture("TorchTests/Fixtures/losses")
        let error = try gradientError(at: Formula.host(10, [8, 10], scale: 3)) { (logits) throws(LongTailError) in
            do { return try name.loss(logits, fixture) } catch { throw LongTailError(.engine, "\(error)") }
        }
        #expect(error < 1e-7)
    }
}
