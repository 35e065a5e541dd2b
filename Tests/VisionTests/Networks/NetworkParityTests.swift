import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

/// PyTorch 2.11.0's numbers (Fixtures/network.md).
@Suite struct NetworkParityTests {
    init() throws { try Engine.setThreads(1) }

    /// Depth 6 · blocks + 2 with the formula's weights.
    private func network(blocks: Int, widths: [Int], classes: Int, _ dtype: DType) throws(LongTailError) -> Network {
        var draw = WeightInitializer(seed: 0)
        let backbone = try ResNetCIFAR(blocks: blocks, widths: widths, &draw)
        let network = try Network(backbone: backbone, classifier: .linear, classes: classes, &draw)
        try network.convert(to: dtype)
        try Formula.fill(network)
        return network
    }

    private func narrow(_ dtype: DType) throws(LongTailError) -> Network {
        try network(blocks: 3, widths: [4, 8, 16], classes: 10, dtype)
    }

    /// What a pass leaves, compared with the fixture; `gradients` says how each gradient is compared.
    private func compare(
        _ network: Network, _ fixture: StateDict, _ dtype: DType, classes: Int,
        gradients: (_ name: String, _ gradient: Tensor) throws(LongTailError) -> Double
    ) throws -> (forward: WorstError, gradients: WorstError) {
        var (forward, backward) = (WorstError(), WorstError())
        let tag = dtype == .float64 ? "float64" : "float32"
        let labels = try Formula.labels(0, classes: classes)
        for mode in ["eval", "train"] {
            try network.setTraining(mode == "train")
            let features = try network.backbone(Formula.images(0, dtype: dtype))
            let logits = try network.classifier(features)
            let loss = try logits.crossEntropy(labels)
            for (key, tensor) in [("features", features), ("logits", logits), ("loss", loss)] {
                forward.note("\(mode)/\(key)", try relativeError(tensor, fixture["\(tag)/\(mode)/\(key)"]))
            }
            if mode == "train" { try loss.backward() }
        }
        let state = try network.stateDict()
        for (key, expected) in fixture where key.hasPrefix("\(tag)/buffer/") {
            let name = String(key.dropFirst("\(tag)/buffer/".count))
            forward.note(name, relativeError(try #require(state[name]), expected))
        }
        for (name, parameter) in try network.parameters() {
            backward.note(name, try gradients(name, try #require(try parameter.tensor.grad())))
        }
        return (forward, backward)
    }

    @Test(
        "Forward, loss, running statistics and every gradient of a narrow ResNet-20 are PyTorch's",
        arguments: [(DType.float64, 1e-9, 1e-9), (.float32, 1e-5, 1e-4)])
    func narrow(dtype: DType, forward: Double, backward: Double) throws {
        let fixture = try parityFixture("VisionTests/Fixtures/network-narrow")
        let tag = dtype == .float64 ? "float64" : "float32"
        let worst = try compare(narrow(dtype), fixture, dtype, classes: 10) { (name, gradient) throws(LongTailError) in
            try relativeError(gradient, fixture["\(tag)/gradient/\(name)"])
        }
        #expect(worst.forward.value <= forward, "\(worst.forward)")
        #expect(worst.gradients.value <= backward, "\(worst.gradients)")
        // 6 outputs and 3 buffers of each of 19 normalisations; 19 convolutions, 38 vectors, 2 of the classifier.
        #expect(worst.forward.count == 6 + 57 && worst.gradients.count == 59)
    }

    @Test(
        "Forward, loss, running statistics and every gradient of ResNet-32 are PyTorch's",
        arguments: [(DType.float64, 1e-9, 1e-9), (.float32, 1e-5, 1e-4)])
    func resnet32(dtype: DType, forward: Double, backward: Double) throws {
        let fixture = try parityFixture("VisionTests/Fixtures/network-resnet32")
        let tag = dtype == .float64 ? "float64" : "float32"
        let network = try network(blocks: 5, widths: [16, 32, 64], classes: 100, dtype)
        let names = try network.stateDict().keys.sorted()
        let worst = try compare(network, fixture, dtype, classes: 100) { (name, gradient) throws(LongTailError) in
            // The fixture holds a gradient's norm and its product with a direction of the formula.
            let k = names.firstIndex(of: name) ?? 0
            let values = try gradient.host().doubles
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let product = zip(values, Formula.uniform(2000 + k, values.count)).reduce(0) { $0 + $1.0 * $1.1 }
            let pair = HostTensor([norm, product], shape: [2], dtype: .float64)
            return relativeError(pair, fixture["\(tag)/gradient-norm-dot/\(name)"])
        }
        #expect(worst.forward.value <= forward, "\(worst.forward)")
        #expect(worst.gradients.value <= backward, "\(worst.gradients)")
        #expect(worst.forward.count == 6 + 93 && worst.gradients.count == 95)
    }

    @Test("ResNet-32 has PyTorch's names, shapes and types") func names() throws {
        let network = try Network(.resnet32, classifier: .linear, classes: 100, seed: 0)
        let lines = try network.stateDict().sorted { $0.key < $1.key }.map { name, tensor in
            let type = tensor.dtype == .int64 ? "int64" : tensor.dtype == .float32 ? "float32" : "another type"
            return
                "\(name) \(tensor.shape.isEmpty ? "scalar" : tensor.shape.map(String.init).joined(separator: "x")) \(type)"
        }
        let expected = try String(
            contentsOf: fixtures.appending(path: "network-resnet32-names.txt"), encoding: .utf8)
        #expect(lines == expected.split(separator: "\n").map(String.init))
    }

    @Test("Three steps of SGD with momentum and weight decay follow PyTorch's") func training() throws {
        let fixture = try parityFixture("VisionTests/Fixtures/network-training")
        let network = try narrow(.float64)
        let optimizer = SGD([ParameterGroup(try network.parameters())], momentum: 0.9, weightDecay: 5e-4)
        try network.setTraining(true)
        var losses: [Double] = []
        for batch in 0..<3 {
            let loss = try network(Formula.images(batch, dtype: .float64))
                .crossEntropy(Formula.labels(batch, classes: 10))
            try loss.backward()
            try optimizer.step(rate: 0.05)
            losses.append(try loss.item())
        }
        var worst = WorstError()
        worst.note("losses", relativeError(HostTensor(losses, shape: [3], dtype: .float64), fixture["losses"]))
        for (name, tensor) in try network.stateDict() {
            worst.note(name, relativeError(tensor, fixture["after/\(name)"]))
        }
        #expect(worst.value <= 1e-9, "\(worst)")
        #expect(worst.count == 1 + 59 + 57)
    }

    @Test("Another element type keeps values, integers and what is trained") func convert() throws {
        let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 5)
        try network.setTrained { $0.hasPrefix("fc.") }
        let before = try network.stateDict()
        try network.convert(to: .float64)
        for (name, tensor) in try network.stateDict() {
            #expect(tensor.doubles == before[name]?.doubles)
            #expect(tensor.dtype == (name.hasSuffix("num_batches_tracked") ? .int64 : .float64))
        }
        for (name, parameter) in try network.parameters() {
            #expect(parameter.tensor.requiresGrad == name.hasPrefix("fc."))
        }
        try network.convert(to: .float32)
        #expect(try network.stateDict() == before)
    }
}
