import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailVision

/// Adapters on transformers, by PyTorch 2.11.0 (scripts/fixtures/adapters.py).
@Suite struct AdapterTests {
    init() throws { try Engine.setThreads(1) }

    @Test(
        "Features, logits, loss and every gradient are PyTorch's",
        arguments: [
            ("lora-attention", Adapters(.lora, rank: 4, scale: 2)),
            ("lora-all", Adapters(.lora, rank: 3, scale: 0.5, layers: .all)),
            ("adaptformer", Adapters(.adaptformer, rank: 5)),
        ])
    func parity(_ name: String, _ adapters: Adapters) throws {
        let fixture = try SafeTensorsFile.read(fixtures.appending(path: "adapters.safetensors").path).tensors
        var draw = WeightInitializer.zeros
        let plan = VisionTransformer.Plan(32, depth: 2, heads: 4, patch: 16).with { $0.image = 64 }
        let body = try VisionTransformer(plan, &draw)
        try adapters.install(on: body, &draw)
        let network = try Network(backbone: body, classifier: .linear, classes: 10, &draw)
        try network.convert(to: .float64)
        try Formula.fill(network)
        let start = try network.stateDict()
        let batch = try #require(fixture["\(name)/images"]?.integers.first)
        for (dtype, tag, tolerance) in [(DType.float64, "float64", 1e-9), (.float32, "float32", 1e-4)] {
            try network.load(start)
            try network.convert(to: dtype)
            let images = try Formula.tensor(batch, [4, 3, 64, 64], scale: 2, dtype: dtype)
            let found = try NetworkPass.worst(network, images, fixture, "\(name)/\(tag)")
            #expect(found.value <= tolerance, "\(tag): \(found)")
        }
    }

    private func network() throws(LongTailError) -> Network {
        try Network(.init("vit_tiny_patch16_32"), classifier: .linear, classes: 3, seed: 1)
    }

    @Test("Fresh adapters change nothing, and the same are not drawn again", arguments: Adapters.Kind.allCases)
    func fresh(_ kind: Adapters.Kind) throws {
        let network = try network()
        let images = try Formula.tensor(1, [2, 3, 32, 32], dtype: .float32)
        let before = try network(images).host()
        var draw = WeightInitializer(seed: 3)
        try network.addAdapters(Adapters(kind, rank: 2), &draw)
        #expect(try network(images).host() == before)
        #expect(network.design?.adapters == Adapters(kind, rank: 2))
        let weights = try network.stateDict()
        try network.addAdapters(Adapters(kind, rank: 2), &draw)
        #expect(try network.stateDict() == weights)
        let other = #expect(throws: LongTailError.self) { try network.addAdapters(Adapters(kind, rank: 3), &draw) }
        #expect(other?.problem.contains("adapters already") == true)
        // As a file's network is made.
        var zeros = WeightInitializer.zeros
        let copy = try Network(#require(network.design), classes: 3, &zeros)
        try copy.load(weights)
        #expect(try copy.stateDict() == weights)
    }

    @Test("Folded, LoRA is part of the weights and the logits stay", arguments: [Adapters.Layers.attention, .all])
    func folded(_ layers: Adapters.Layers) throws {
        let network = try network()
        var draw = WeightInitializer(seed: 3)
        try network.addAdapters(Adapters(.lora, rank: 2, scale: 1.5, layers: layers), &draw)
        try network.convert(to: .float64)
        try Formula.fill(network)
        let images = try Formula.tensor(1, [2, 3, 32, 32])
        let before = try network(images)
        try network.foldAdapters()
        #expect(try relativeError(network(images), before.host()) < 1e-12)
        #expect(network.design?.adapters == nil)
        #expect(try network.stateDict().keys.elementsEqual(self.network().stateDict().keys))
    }

    @Test("A rank beyond the layer's is refused, and so is what a damaged file says") func ranks() throws {
        let network = try network()
        var draw = WeightInitializer(seed: 3)
        let error = #expect(throws: LongTailError.self) { try network.addAdapters(Adapters(.lora, rank: 193), &draw) }
        #expect(error?.problem.contains("more than a layer of 192") == true)
        for adapters in [
            Adapters(.lora, rank: -3), Adapters(.lora, rank: 1 << 40), Adapters(.lora, scale: 1e300),
            Adapters(.lora, scale: .nan),
        ] {
            let error = #expect(throws: LongTailError.self) { try adapters.check("x.safetensors") }
            #expect(error?.problem.contains("x.safetensors") == true)
        }
    }

    /// A block that counts how often it runs.
    private final class Counting: StochasticBlock {
        let dropPath = DropPath()
        let factor: Parameter
        var runs = 0
        var children: [(name: String, child: ModuleChild)] { [("factor", .parameter(factor))] }

        init() throws(LongTailError) { factor = try Parameter(Tensor.ones([1]).mul(3)) }
    }

    @Test("Blocks are run twice where that is asked for, and once otherwise", arguments: [true, false])
    func counted(_ isOn: Bool) throws {
        var draw = WeightInitializer.zeros
        let body = try VisionTransformer(
            VisionTransformer.Plan(32, depth: 2, heads: 4, patch: 16).with { $0.image = 64 }, &draw)
        let network = try Network(backbone: body, classifier: .linear, classes: 2, &draw)
        network.setRecompute(isOn)
        let blocks = [try Counting(), try Counting()]
        for block in blocks { try block.factor.tensor.setRequiresGrad(true) }
        let loss = try network.withRecompute(.float32) { () throws(LongTailError) in
            try body.recompute(blocks, Tensor.ones([4])) { (place, x) throws(LongTailError) in
                blocks[place].runs += 1
                return try x.mul(blocks[place].factor.tensor)
            }.sum()
        }
        #expect(blocks.map(\.runs) == [1, 1])
        try network.backward(from: loss)
        #expect(blocks.map(\.runs) == (isOn ? [2, 2] : [1, 1]))
        // d(4 · a · b) by hand.
        #expect(try blocks.map { try #require(try $0.factor.tensor.grad()).item() } == [12, 12])
    }

    @Test("A network without blocks for them is refused") func without() throws {
        let network = try Network(.resnet20, classifier: .linear, classes: 3, seed: 1)
        var draw = WeightInitializer(seed: 3)
        let error = #expect(throws: LongTailError.self) { try network.addAdapters(Adapters(.lora), &draw) }
        #expect(error?.problem.contains("blocks of transformers") == true)
    }

    @Test(
        "Blocks that are run once more on the way back give the gradients of those that are kept: transformers' to the bit",
        arguments: ["vit_tiny_patch16_32", "convnext_atto"], [false, true])
    func recomputed(_ name: String, isFrozen: Bool) throws {
        let network = try Network(.init(name), classifier: .linear, classes: 3, seed: 1)
        // What stands before the blocks, and the first of them.
        if isFrozen {
            try network.setTrained { name in
                !["cls_token", "pos_embed", "patch_embed", "stem", "blocks.0.", "stages.0."]
                    .contains { name.hasPrefix($0) }
            }
        }
        try network.setDropPath(0.5)
        let images = try Formula.tensor(
            1, [4, 3, 64, 64].map { name.hasPrefix("vit") ? min($0, 32) : $0 }, dtype: .float32)
        let labels = try Tensor([0, 2, 1, 0] as [Int64])
        func gradients(_ recompute: Bool) throws(LongTailError) -> [String: HostTensor] {
            #expect(network.setRecompute(recompute))
            let loss = try network.withDropPath(seed: 5, epoch: 0, index: 7) { () throws(LongTailError) in
                try network.withRecompute(.float32) { () throws(LongTailError) in
                    try network(images).crossEntropy(labels)
                }
            }
            try network.backward(from: loss)
            var found: [String: HostTensor] = [:]
            for (name, parameter) in try network.parameters() {
                found[name] = try parameter.tensor.grad()?.host()
                try parameter.tensor.clearGrad()
            }
            return found
        }
        let kept = try gradients(false)
        #expect(kept.count > 20)
        let again = try gradients(true)
        #expect(Set(again.keys) == Set(kept.keys))
        if name.hasPrefix("vit") {
            #expect(again == kept)
        } else {
            // A gradient that stands for itself lies in memory as its tensor does, for which convolutions have other kernels.
            for (name, tensor) in again { #expect(relativeError(tensor, kept[name]) < 1e-5, "\(name)") }
        }
    }
}
