import LongTail
import OrderedCollections
import TestSupport
import Testing

/// PyTorch 2.11.0's numbers (Tests/TorchTests/Fixtures/README.md).
@Suite struct ClassifierParityTests {
    init() throws { try Engine.setThreads(1) }

    /// The formula's classifier: sixteen features, ten classes.
    private func classifier(_ kind: Classifier.Kind, _ dtype: DType) throws(LongTailError) -> Classifier {
        var draw = WeightInitializer(seed: 0)
        let classifier = try Classifier(kind, .init(features: 16, classes: 10), &draw)
        var state: StateDict
        switch kind {
        case .cosine: state = ["fc.weight": Formula.host(21, [16, 10], dtype: dtype)]
        case .linear, .brought:
            try classifier.add(ClassScale.self, &draw)
            state = [
                "fc.weight": Formula.host(22, [10, 16], dtype: dtype),
                "fc.bias": Formula.host(23, [10], scale: 0.1, dtype: dtype),
                "learned_norm": Formula.host(24, [1, 10], scale: 0.1, offset: 1, dtype: dtype),
            ]
        }
        try classifier.convert(to: dtype)
        try classifier.load(state)
        return classifier
    }

    @Test(
        "The cosine classifier and the scale per class have PyTorch's logits, loss and gradients",
        arguments: [Classifier.Kind.cosine, .linear], [(DType.float64, 1e-9), (.float32, 1e-5)])
    func heads(kind: Classifier.Kind, precision: (dtype: DType, tolerance: Double)) throws {
        let fixture = try parityFixture("TorchTests/Fixtures/losses")
        let prefix = (precision.dtype == .float64 ? "float64/" : "float32/") + (kind == .cosine ? "cosine" : "lws")
        let classifier = try classifier(kind, precision.dtype)
        let features = try Formula.tensor(20, [8, 16], dtype: precision.dtype)
        try features.setRequiresGrad(true)
        let logits = try classifier(features)
        let loss = try logits.crossEntropy(Formula.labels(0, classes: 10, count: 8))
        try loss.backward()
        var worst = WorstError()
        worst.note("logits", try relativeError(logits, fixture["\(prefix)/logits"]))
        worst.note("loss", try relativeError(loss, fixture["\(prefix)/loss"]))
        worst.note(
            "features", try relativeError(try #require(try features.grad()), fixture["\(prefix)/gradient/features"]))
        let keys = ["fc.weight": "weight", "fc.bias": "bias", "learned_norm": "scale"]
        for (name, parameter) in try classifier.parameters() {
            let gradient = try #require(try parameter.tensor.grad())
            worst.note(name, try relativeError(gradient, fixture["\(prefix)/gradient/\(keys[name] ?? "")"]))
        }
        #expect(worst.value <= precision.tolerance, "\(worst)")
        #expect(worst.count == (kind == .cosine ? 4 : 6))
    }

    @Test("Gradients of both classifiers are their slopes", arguments: [Classifier.Kind.cosine, .linear])
    func slopes(kind: Classifier.Kind) throws {
        let labels = try Formula.labels(0, classes: 10, count: 8)
        let classifier = try classifier(kind, .float64)
        let error = try gradientError(at: Formula.host(20, [8, 16])) { (features) throws(LongTailError) in
            try classifier(features).crossEntropy(labels)
        }
        #expect(error < 1e-7)
    }
}
