import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

@testable import LongTailExporting

/// Networks in ONNX Runtime, to 1e-4 of libtorch.
@Suite struct NetworkTests {
    /// A network whose running statistics are those of its own activations, so that logits keep to their size.
    private static func network(
        _ name: Network.Architecture, _ kind: Classifier.Kind = .linear, hasScale: Bool = false, side: Int
    ) throws -> Network {
        let network = try Network(name, classifier: kind, classes: 7, seed: 3)
        if hasScale {
            var draw = WeightInitializer.zeros
            try network.classifier.add(ClassScale.self, &draw)
            var state = try network.stateDict()
            state["learned_norm"] = Formula.host(9, [1, 7], scale: 0.5, offset: 1, dtype: .float32)
            try network.load(state)
        }
        try network.setTraining(true)
        try withoutGradients { () throws(LongTailError) in
            for step in 0..<20 { _ = try network(Formula.tensor(step, [4, 3, side, side], scale: 2, dtype: .float32)) }
        }
        try network.setTraining(false)
        return network
    }

    private static func format(_ side: Int) -> ImagePreprocessing {
        ImagePreprocessing(size: ImageSize(side: side), normalization: .cifar)
    }

    /// Checks an export on batches of 1 and 3 and gives what ONNX Runtime said.
    @discardableResult
    private static func check(
        _ network: Network, _ export: ONNXExport, side: Int, tolerance: Double = 1e-4
    ) throws -> OnnxRuntime.Answer {
        let onnx = try export.graph(of: network, format(side))
            .onnx(opset: export.opset, metadata: [("key", "ünicode")], producer: "0")
        let batches = try [1, 3].map { try Formula.tensor(50 + $0, [$0, 3, side, side], scale: 2, dtype: .float32) }
        let answer = try OnnxRuntime.run(onnx, batches)
        for (batch, outputs) in zip(batches, answer.outputs) {
            let expected = try withoutGradients { () throws(LongTailError) in try network(batch) }
            let gap = try difference(outputs["logits"], expected)
            #expect(gap <= tolerance, "batch of \(batch.size(0)): \(gap)")
            #expect(try expected.array(of: Float.self).contains { abs($0) > 0.1 })
        }
        return answer
    }

    @Test(
        "ResNet-32, folded and not, with free batch and PyTorch's names",
        .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason), arguments: [true, false])
    func resNet32(_ isFolded: Bool) throws {
        let network = try Self.network(.resnet32, side: 32)
        var export = ONNXExport()
        export.foldsBatchNorm = isFolded
        let answer = try Self.check(network, export, side: 32)
        #expect(answer.input.name == "images" && answer.input.shape == ["batch", "3", "32", "32"])
        #expect(answer.operators["Conv"] == 31)
        #expect(answer.operators["BatchNormalization"] == (isFolded ? nil : 31))
        #expect(answer.opset == 17)
        #expect(answer.metadata == ["key": "ünicode"])
        #expect(Set(answer.weights).isSuperset(of: ["conv1.weight", "layer2.0.conv1.weight", "fc.weight", "fc.bias"]))
        #expect(answer.weights.contains("bn1.running_mean") == !isFolded)
    }

    @Test(
        "A cosine classifier, and a learnable scale", .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [(Classifier.Kind.cosine, false), (.linear, true), (.cosine, true)])
    func heads(_ kind: Classifier.Kind, _ hasScale: Bool) throws {
        let network = try Self.network(.resnet20, kind, hasScale: hasScale, side: 16)
        var export = ONNXExport()
        export.givesFeatures = true
        let answer = try Self.check(network, export, side: 16)
        let batch = try Formula.tensor(51, [1, 3, 16, 16], scale: 2, dtype: .float32)
        #expect(try difference(answer.outputs[0]["features"], network.backbone(batch)) <= 1e-4)
    }

    @Test(
        "Experts with and without gates, two branches, nearest class means",
        .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [
            (Network.Design(.resnet20, .cosine, .experts(count: 3, isNarrow: true)), ""),
            (.init(.resnet20, .cosine, .experts(count: 3, isNarrow: true)), ExpertGates.name),
            (.init(.resnet20, .linear, .bilateral), ""), (.init(.resnet20), NearestMeanLayer.name),
        ])
    func branches(_ design: Network.Design, _ part: String) throws {
        let network = try Network(design, classes: 7, seed: 3)
        var draw = WeightInitializer(seed: 4)
        for type in Methods.parts where type.name == part { try network.classifier.add(type, &draw) }
        var state = try network.stateDict()
        if let means = state["fc.means"] { state["fc.means"] = Formula.host(9, means.shape, dtype: .float32) }
        if let centre = state["fc.centre"] { state["fc.centre"] = Formula.host(8, centre.shape, dtype: .float32) }
        try network.load(state)
        try network.setTraining(true)
        try withoutGradients { () throws(LongTailError) in
            for step in 0..<20 { _ = try network(Formula.tensor(step, [4, 3, 16, 16], scale: 2, dtype: .float32)) }
        }
        try Self.check(network, ONNXExport(), side: 16)
    }

    @Test(
        "Networks for larger pictures", .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [Network.Architecture.resnet18, .resnet50, .resnext50])
    func larger(_ name: Network.Architecture) throws {
        try Self.check(try Self.network(name, side: 64), ONNXExport(), side: 64)
    }

    @Test(
        "Transformers with rotary positions", .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [("eva02_tiny_patch14_56", 56), ("vit_tiny_patch16_dinov3_qkvb", 64)])
    func rotary(_ name: String, _ side: Int) throws {
        let network = try Network(
            #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: 7, seed: 3)
        // Weights by which every block counts.
        try Formula.fill(network)
        try network.setTraining(false)
        // Angles are constants: none is reckoned in the file.
        let answer = try Self.check(network, ONNXExport(), side: side)
        #expect(answer.operators["Sin"] == nil && answer.operators["Cos"] == nil && answer.operators["Neg"] == 24)
    }

    @Test(
        "A plain transformer, with adapters on its blocks, too", .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [nil, Adapters(.lora, rank: 3, layers: .all), Adapters(.adaptformer, rank: 3)])
    func transformer(_ adapters: Adapters?) throws {
        let network = try Network(
            #require(Network.Architecture(rawValue: "vit_tiny_patch16_32")), classifier: .linear, classes: 7, seed: 3)
        var draw = WeightInitializer(seed: 4)
        if let adapters { try network.addAdapters(adapters, &draw) }
        try Formula.fill(network)
        try network.setTraining(false)
        try Self.check(network, ONNXExport(), side: 32)
    }

    @Test(
        "A model with normalisation takes pixels", .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason),
        arguments: [255.0, 1.0])
    func pixels(_ top: Double) throws {
        let network = try Self.network(.resnet20, side: 16)
        var export = ONNXExport()
        export.input = .pixels(upTo: top)
        let onnx = try export.graph(of: network, Self.format(16)).onnx(opset: 17, metadata: [], producer: "0")
        let unit = Formula.uniform(60, 2 * 3 * 16 * 16).map { abs($0) }
        let answer = try OnnxRuntime.run(onnx, [Tensor(unit.map { Float(top * $0) }, shape: [2, 3, 16, 16])])
        let (mean, std) = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
        let normalized = unit.enumerated().map { index, pixel in
            let channel = index / 256 % 3
            return Float((pixel - mean[channel]) / std[channel])
        }
        let expected = try network(Tensor(normalized, shape: [2, 3, 16, 16]))
        #expect(try difference(answer.outputs[0]["logits"], expected) <= 1e-4)
    }

    @Test("Folding changes nothing but the operators: every normalisation of ResNet-20 is gone, no tensor is left over")
    func folded() throws {
        let network = try Self.network(.resnet20, side: 16)
        var export = ONNXExport()
        let folded = try export.graph(of: network, Self.format(16))
        export.foldsBatchNorm = false
        let plain = try export.graph(of: network, Self.format(16))
        #expect(plain.nodes.count - folded.nodes.count == 19)
        #expect(plain.constants.count - folded.constants.count == 19 * 3)
        let made = Set(folded.nodes.map(\.output)).union(folded.constants.keys).union(["images"])
        #expect(folded.nodes.allSatisfy { $0.inputs.allSatisfy(made.contains) })
    }

    @Test("A convolution whose result goes elsewhere too keeps its normalisation") func shared() throws {
        let conv = try Formula.tensor(1, [4, 3, 1, 1], dtype: .float32)
        let graph = try ONNXExport().graph(shape: [3, 4, 4], weights: []) { (x) throws(LongTailError) in
            let y = try x.conv2d(conv)
            let z = try y.batchNorm(
                weight: .ones([4]), bias: .zeros([4]), runningMean: .zeros([4]), runningVar: .ones([4]),
                training: false, momentum: 0.1, eps: 1e-5)
            return [("sum", try y.add(z))]
        }
        #expect(graph.nodes.map(\.op) == ["Conv", "BatchNormalization", "Add"])
    }
}
