import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailVision

/// Names and shapes of other programs' networks (scripts/fixtures/foreign.py).
struct ForeignFixture: Decodable {
    struct Listed: Decodable {
        /// Heights and widths of the images, which are 2 u(1000 + place).
        let sizes: [[Int]]
        /// Shapes by the program's own names.
        let tensors: [String: [Int]]
    }

    /// Small networks, whose logits stand beside.
    let networks: [String: Listed]
    /// Whole ones, by what they are called here.
    let whole: [String: [String: [Int]]]

    /// Eps and momentum of torchvision's batch normalisation, by what the network is called here.
    let norms: [String: [Double]]

    static let folder = Bundle.module.bundleURL.appending(path: "Fixtures")

    static func read() throws -> Self {
        try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "foreign.json")))
    }
}

/// Networks as torchvision and transformers write and compute them (scripts/fixtures/foreign.py): small ones of every kind of block.
@Suite struct ForeignParityTests {
    private static let fixture = Result { try ForeignFixture.read() }

    private static let plans: [String: NetworkPlan] = {
        let first = EfficientNet.Plan(
            [[.init(.separable, 3, 1, 1, 8, se: 0.25)], [.init(.inverted, 5, 2, 6, 16, 2, se: 0.25)]], stem: 16,
            features: 64)
        let second = EfficientNet.Plan(
            [
                [.init(.plain, 3, 1, 1, 16, 2)], [.init(.fused, 3, 2, 4, 24, 2)],
                [.init(.inverted, 3, 2, 4, 32, 2, se: 0.25)],
            ], stem: 16, features: 64)
        let mobile = EfficientNet.Plan(
            [
                [.init(.separable, 3, 2, 1, 16, se: 0.25, by: .relu)],
                [.init(.inverted, 3, 2, 4.5, 24, by: .relu), .init(.inverted, 3, 1, 3.67, 24, by: .relu)],
                [.init(.inverted, 5, 2, 4, 40, se: 0.25), .init(.inverted, 5, 1, 6, 40, se: 0.25)],
                [.init(.plain, 1, 1, 1, 240, skips: false)],
            ], stem: 16, features: 64)
        let vit = VisionTransformer.Plan(32, depth: 2, heads: 4, patch: 14).with {
            ($0.image, $0.hasLayerScale, $0.pooling, $0.smoothsPositions) = (70, true, .tokenAndMean, false)
        }
        return [
            "efficientnet": .mbConv(first.with { ($0.eps, $0.momentum) = (1e-3, 0.01) }),
            "efficientnet_v2": .mbConv(second.with { $0.eps = 1e-3 }),
            "mobilenet_v3": .mbConv(
                mobile.with {
                    ($0.activation, $0.squeezeActivation, $0.gatesHard, $0.poolsFirst) = (.hardswish, .relu, true, true)
                    ($0.eps, $0.momentum) = (1e-3, 0.01)
                }),
            "dinov2": .transformer(vit),
            "dinov2_swiglu": .transformer(vit.with { ($0.isGated, $0.activation, $0.hidden) = (true, .silu, 176) }),
            "dinov2_registers": .transformer(
                vit.with { ($0.registers, $0.placesTokens, $0.smoothsPositions) = (4, false, true) }),
        ]
    }()

    init() throws { try Engine.setThreads(1) }

    @Test("Batch normalisation of every EfficientNet and MobileNet has torchvision's eps and momentum") func norms()
        throws
    {
        let norms = try Self.fixture.get().norms
        let own = NetworkPlan.table.map { $0.name }.filter { $0.hasPrefix("tv_") }
        #expect(Set(own).isSubset(of: norms.keys) && norms.count == own.count + 5)
        for (name, expected) in norms {
            guard case .mbConv(let plan)? = NetworkPlan(named: name) else {
                Issue.record("there is no \(name)")
                continue
            }
            #expect([plan.eps, plan.momentum] == expected, "\(name)")
        }
    }

    @Test("Positions of DINOv2 are smoothed where there are registers, and both kinds of features are there")
    func rows() {
        let plans = NetworkPlan.table.compactMap { name, plan -> VisionTransformer.Plan? in
            if name.hasPrefix("hf_"), case .transformer(let plan) = plan { plan } else { nil }
        }
        #expect(
            plans.count == 8
                && plans.allSatisfy { $0.pooling == .tokenAndMean && $0.smoothsPositions == ($0.registers > 0) })
    }

    @Test("Every network of the fixture is compared") func present() throws {
        #expect(try Set(Self.fixture.get().networks.keys) == Set(Self.plans.keys))
    }

    @Test(
        "Under the program's own names, logits are its own: evaluating, training, and with the statistics that moved",
        arguments: plans.keys.sorted())
    func numbers(_ name: String) throws {
        let listed = try #require(try Self.fixture.get().networks[name])
        var state = StateDict()
        for (k, key) in listed.tensors.keys.sorted().enumerated() {
            state[key] = Formula.weight(key, k, listed.tensors[key] ?? [], .float64)
        }
        let weights = try ImportedWeights(.safeTensors(SafeTensors(tensors: state, metadata: [:])), path: "f")
        #expect(weights.leftOut.isEmpty)
        var draw = WeightInitializer.zeros
        let network = try Network(
            backbone: #require(Self.plans[name]).makeBackbone(&draw), classifier: .linear, classes: 5, &draw)
        try network.convert(to: .float64)
        try network.load(weights.tensors)
        let fixture = try SafeTensorsFile.read(ForeignFixture.folder.appending(path: "foreign.safetensors").path)
            .tensors
        var compared = 0
        for (place, size) in listed.sizes.enumerated() {
            let images = try Formula.tensor(1000 + place, [4, 3, size[0], size[1]], scale: 2)
            for mode in ["eval", "train", "again"] {
                guard let expected = fixture["\(name)/\(place)/\(mode)"] else { continue }
                try network.setTraining(mode == "train")
                let error = try relativeError(network(images), expected)
                // Positions are resized in float32.
                #expect(error < (name.hasPrefix("dinov2") && place > 0 ? 1e-6 : 1e-9), "\(mode) \(size): \(error)")
                compared += 1
            }
        }
        #expect(compared == 3)
    }
}
