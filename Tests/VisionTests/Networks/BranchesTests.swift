import LongTail
import OrderedCollections
import Testing

@testable import LongTailVision

/// Divided networks against the whole ones that they must equal.
@Suite struct BranchesTests {
    private let images: Tensor

    init() throws {
        var draw = WeightInitializer(seed: 9)
        images = try draw.kaimingNormal([2, 3, 32, 32], fanIn: 2)
    }

    private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
        let (x, y): ([Double], [Double]) = (try a.to(.float64).array(), try b.to(.float64).array())
        try #require(x.count == y.count)
        return zip(x, y).map { abs($0 - $1) }.max() ?? 0
    }

    /// A whole network's weights under a divided one's names.
    private func renamed(_ state: StateDict, _ stages: ClosedRange<Int>, expert: Int) -> [(String, HostTensor)] {
        state.compactMap { name, tensor in
            for stage in stages where name.hasPrefix("layer\(stage).") {
                return ("layer\(stage)s.\(expert)." + name.dropFirst("layer\(stage).".count), tensor)
            }
            return name.hasPrefix("fc.") ? ("linears.\(expert)." + name.dropFirst(3), tensor) : (name, tensor)
        }
    }

    @Test(
        "A folded evaluation gives what the separate layers give, whoever else reads a row's input",
        arguments: [
            Network.Design(.resnet20, .linear), .init(.resnet20, .linear, .experts(count: 3, isNarrow: true)),
            .init(.resnet20, .linear, .bilateral), .init(.resnet18, .linear), .init(.resnet50, .linear),
            .init(.resnext50, .linear), .init(.resnet50, .linear, .experts(count: 2, isNarrow: false)),
        ])
    func folded(design: Network.Design) throws {
        let network = try Network(design, classes: 5, seed: 3)
        try network.setTraining(false)
        try withInferenceMode { () throws(LongTailError) in
            let x = try images.to(.float32).contiguous(.channelsLast)
            let separate = try network(x)
            let folded = try network.folded(in: .float32) { () throws(LongTailError) in try network(x) }
            let (a, b): ([Float], [Float]) = (try separate.array(), try folded.array())
            let scale = a.map(abs).max() ?? 0
            #expect(a != b && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * scale })
        }
    }

    @Test(
        "Two wide experts with one network's weights predict as it does",
        arguments: [Network.Architecture.resnet20, .resnet18])
    func experts(name: Network.Architecture) throws {
        let whole = try Network(name, classifier: .linear, classes: 5, seed: 3)
        let divided = try Network(.init(name, .linear, .experts(count: 2, isNarrow: false)), classes: 5, seed: 4)
        let state = try whole.stateDict()
        var own = StateDict()
        let last = name == .resnet20 ? 2...3 : 3...4
        for expert in 0..<2 { for (key, tensor) in renamed(state, last, expert: expert) { own[key] = tensor } }
        try divided.load(own)
        for network in [whole, divided] { try network.setTraining(false) }
        #expect(try difference(whole(images), divided(images)) < 1e-4)
        let features = try divided.backbone(images)
        #expect(features.size(1) == 2 * whole.backbone.width)
        #expect(try divided.classifier.experts(features).count == 2)
    }

    @Test("Experts are themselves: other weights, the mean of both") func mean() throws {
        let network = try Network(.init(.resnet20, .cosine, .experts(count: 3, isNarrow: true)), classes: 4, seed: 1)
        try network.setTraining(false)
        let features = try network.backbone(images)
        #expect(features.shape == [2, 3 * 48])
        let logits = try network.classifier.experts(features)
        #expect(try difference(logits[0], logits[1]) > 1e-3)
        let mean = try logits[0].add(logits[1]).add(logits[2]).div(3)
        #expect(try difference(network(images), mean) < 1e-5)
        // 16 to 24 to 48 channels.
        let state = try network.stateDict()
        #expect(state["layer2s.2.0.conv1.weight"]?.shape == [24, 16, 3, 3])
        #expect(state["layer3s.0.0.conv1.weight"]?.shape == [48, 24, 3, 3])
        #expect(state["linears.2.weight"]?.shape == [48, 4])
    }

    @Test("RIDE's ResNeXt-50 has experts of 1536 features with the shapes of its code") func large() throws {
        var draw = WeightInitializer.shapes
        let network = try Network(
            .init(.resnext50, .cosine, .experts(count: 2, isNarrow: true)), classes: 1000, &draw)
        #expect(network.backbone.width == 2 * 1536)
        let shapes = Dictionary(uniqueKeysWithValues: try network.namedTensors().map { ($0.name, $0.tensor.shape) })
        #expect(shapes["layer3s.0.0.conv3.weight"] == [768, 384, 1, 1])
        #expect(shapes["layer4s.1.2.conv3.weight"] == [1536, 768, 1, 1])
    }

    @Test("Two branches with the last block's weights give its features twice") func bilateral() throws {
        let whole = try Network(.resnet20, classifier: .linear, classes: 5, seed: 3)
        let divided = try Network(.init(.resnet20, .linear, .bilateral), classes: 5, seed: 4)
        var own = StateDict()
        for (name, tensor) in try whole.stateDict() where !name.hasPrefix("fc.") {
            guard name.hasPrefix("layer3.2.") else {
                own[name] = tensor
                continue
            }
            for branch in ["cb_block.", "rb_block."] { own[branch + name.dropFirst("layer3.2.".count)] = tensor }
        }
        for name in ["fc.weight", "fc.bias"] { own[name] = try divided.stateDict()[name] }
        try divided.load(own)
        for network in [whole, divided] { try network.setTraining(false) }
        let features = try whole.backbone(images)
        let both = try divided.backbone(images)
        #expect(try difference(both, Tensor.cat([features, features], 1)) < 1e-4)
        let backbone = try #require(divided.backbone as? BilateralBackbone)
        #expect(try difference(backbone(images, .rebalancing), features) < 1e-4)
    }

    @Test("A network that cannot be divided says so") func undivided() {
        var refused: LongTailError?
        do throws(LongTailError) {
            var draw = WeightInitializer.shapes
            var network = try Network(.resnet152Places, classifier: .linear, classes: 5, &draw)
            try Network.rebuild(&network, .bilateral, &draw)
        } catch { refused = error }
        #expect(refused?.problem.contains("cannot be divided") == true)
    }

    @Test("Gates decide sample by sample, from what the experts give") func gates() throws {
        let network = try Network(.init(.resnet20, .cosine, .experts(count: 3, isNarrow: true)), classes: 4, seed: 1)
        var draw = WeightInitializer(seed: 2)
        try network.classifier.add(ExpertGates.self, &draw)
        try network.setTraining(false)
        let features = try network.backbone(images)
        let experts = try network.classifier.experts(features)
        let decide = try #require(network.classifier.part(ExpertGates.self))
        let gates = try decide(network.classifier.byExpert(features), experts)
        #expect(gates.shape == [2, 2])
        #expect(try difference(network(images), ExpertRouting.logits(experts, gates: gates)) < 1e-6)
        // A copy from names alone.
        let copy = try network.copy()
        try copy.setTraining(false)
        #expect(try difference(copy(images), network(images)) == 0)
        #expect(
            try Set(network.stateDict().keys).isSuperset(of: ["expert_help_pred_fcs.1.weight", "expert_help_pred.bias"])
        )
        let single = try Network(.resnet20, classifier: .linear, classes: 4, seed: 1)
        #expect(throws: LongTailError.self) { try single.classifier.add(ExpertGates.self, &draw) }
    }
}
