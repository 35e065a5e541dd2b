import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailVision

/// timm's networks, by timm 1.0.31 and PyTorch 2.11.0 (scripts/fixtures/timm_networks.py, Fixtures/network.md).
///
/// `LONGTAIL_NETWORKS=FOLDER` names a folder with passes of whole networks instead (`scripts/certify networks`).
@Suite struct TimmParityTests {
    private struct Fixture: Decodable {
        struct Listing: Decodable {
            let entries: Int
            let parameters: Int
            let sha256: String
        }

        struct Pass: Decodable {
            /// The images are 2 u(images).
            let images: Int
            let height: Int
            let width: Int
        }

        let networks: [String: Listing]
        let passes: [String: Pass]

        static func read(_ folder: URL) throws -> Fixture {
            try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: folder.appending(path: "timm.json")))
        }
    }

    /// Small networks of every kind of block.
    private static let plans: [String: NetworkPlan] = {
        let vit = VisionTransformer.Plan(32, depth: 2, heads: 4, patch: 16).with { $0.image = 64 }
        let eva = vit.with { ($0.eva, $0.pooling) = (.init(), .normalizedMean) }
        let eva02 = eva.with {
            $0.eva = .init(rotary: .stretched(to: 6))
            ($0.isGated, $0.activation, $0.hidden) = (true, .silu, 2 * 85)
        }
        let large = eva02.with {
            $0.eva = .init(rotary: .stretched(to: 6), isApart: true, splitsGate: true, normalizesPerceptron: true)
            $0.hidden = 85
        }
        let dino = vit.with {
            $0.eva = .init(rotary: .centered)
            ($0.hasPositions, $0.registers, $0.pooling) = (false, 4, .mean)
            ($0.hasBias, $0.hasLayerScale, $0.eps) = (false, true, 1e-5)
        }
        func next(_ more: (inout ConvNeXt.Plan) -> Void = { _ in }) -> NetworkPlan {
            var plan = ConvNeXt.Plan(8, [1, 1, 2, 1])
            more(&plan)
            return .convNeXt(plan)
        }
        return [
            "vit": .transformer(vit), "vit-resized": .transformer(vit),
            "vit-registers": .transformer(
                vit.with {
                    ($0.image, $0.patch, $0.registers) = (56, 14, 4)
                    ($0.placesTokens, $0.hasLayerScale) = (false, true)
                }),
            "vit-clip": .transformer(
                vit.with {
                    ($0.patch, $0.isNormalizedFirst, $0.activation, $0.eps) = (32, true, .quickGELU, 1e-5)
                }),
            "vit-gated": .transformer(vit.with { ($0.isGated, $0.activation, $0.hidden) = (true, .silu, 170) }),
            "vit-attention-pool": .transformer(vit.with { ($0.hasClassToken, $0.pooling) = (false, .attention) }),
            "vit-mean": .transformer(
                vit.with { ($0.hasClassToken, $0.pooling, $0.hasBias) = (false, .mean, false) }),
            "vit-gap": .transformer(vit.with { $0.pooling = .normalizedMean }),
            "eva": .transformer(eva), "eva02": .transformer(eva02), "eva02-resized": .transformer(eva02),
            "eva02-large": .transformer(large),
            "eva02-clip": .transformer(
                large.with {
                    $0.eva = .init(
                        rotary: .stretched(to: 6), isApart: true, normalizesAttention: true, splitsGate: true,
                        normalizesPerceptron: true)
                    $0.pooling = .token
                }),
            "dinov3": .transformer(dino), "dinov3-resized": .transformer(dino),
            "dinov3-bias-gated": .transformer(
                dino.with {
                    $0.eva = .init(rotary: .centered, splitsGate: true)
                    ($0.hasBias, $0.activation, $0.hidden, $0.pooling) = (true, .silu, 128, .token)
                }),
            "convnext": next(), "convnext-pointwise": next { $0.hasPointwiseNames = true },
            "convnextv2": next { $0.isSecond = true },
            "resnet-d-se": .large(.init(.bottleneck, [1, 1, 1, 1], isDeep: true, squeezes: true)),
            "resnet-d-se-basic": .large(.init(.basic, [1, 1, 1, 1], isDeep: true, squeezes: true)),
        ]
    }()

    private static let folder =
        ProcessInfo.processInfo.environment["LONGTAIL_NETWORKS"].map { URL(fileURLWithPath: $0) } ?? fixtures
    private static let fixture = Result { try Fixture.read(folder) }
    private static let passes = (try? fixture.get().passes.keys.sorted()) ?? []

    init() throws { try Engine.setThreads(1) }

    @Test("Names, shapes and numbers of parameters of every network are timm's") func names() throws {
        let listings = try Fixture.read(fixtures).networks
        let own = Network.Architecture.allCases.map(\.rawValue).filter {
            // The field's: timm has the first as ResNets of another kind, or not at all; torchvision's and transformers'.
            !$0.hasPrefix("tv_") && !$0.hasPrefix("hf_")
                && ![
                    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet152-places", "resnext101-32x4d",
                ]
                .contains($0)
        }
        #expect(Set(listings.keys) == Set(own))
        for (name, expected) in listings {
            var draw = WeightInitializer.shapes
            let network = try Network(
                #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: 1000, &draw)
            let tensors = try network.namedTensors().sorted { $0.name < $1.name }
            let lines = tensors.map { name, tensor in
                "\(name) \(tensor.shape.isEmpty ? "scalar" : tensor.shape.map(String.init).joined(separator: "x"))\n"
            }
            #expect(lines.count == expected.entries, "\(name)")
            let elements = try network.parameters().reduce(0) { $0 + $1.parameter.tensor.count }
            #expect(elements == expected.parameters, "\(name)")
            #expect(ContentHash.sha256(Data(lines.joined().utf8)) == expected.sha256, "\(name)")
        }
    }

    private func backbone(_ name: String) throws(LongTailError) -> any Backbone {
        var draw = WeightInitializer.zeros
        guard let plan = Self.plans[name] ?? NetworkPlan(named: name) else {
            throw LongTailError(.usage, "there is no network \(name)")
        }
        return try plan.makeBackbone(&draw)
    }

    @Test("There are passes to compare") func present() throws { #expect(try !Self.fixture.get().passes.isEmpty) }

    @Test(
        "Features, logits, loss, running statistics and every gradient are timm's, evaluating and training",
        arguments: passes)
    func numbers(_ name: String) throws {
        let pass = try #require(try Self.fixture.get().passes[name])
        let fixture = try SafeTensorsFile.read(Self.folder.appending(path: "timm.safetensors").path).tensors
        var draw = WeightInitializer.zeros
        let network = try Network(backbone: backbone(name), classifier: .linear, classes: 10, &draw)
        try network.convert(to: .float64)
        try Formula.fill(network)
        var start = try network.stateDict()
        if network.backbone is ResNet {
            let last = start["layer1.0.bn3.weight"] == nil ? ".bn2.weight" : ".bn3.weight"
            for (name, tensor) in start where name.hasSuffix(last) {
                start[name] = HostTensor(tensor.doubles.map { $0 / 8 }, shape: tensor.shape, dtype: tensor.dtype)
            }
        }
        let count = try #require(fixture["\(name)/float64/eval/logits"]).shape[0]
        for (dtype, tag, tolerance) in [(DType.float64, "float64", 1e-9), (.float32, "float32", 1e-4)] {
            try network.load(start)
            try network.convert(to: dtype)
            let images = try Formula.tensor(
                pass.images, [count, 3, pass.height, pass.width], scale: 2, dtype: dtype)
            let found = try NetworkPass.worst(network, images, fixture, "\(name)/\(tag)")
            #expect(found.value <= tolerance, "\(tag): \(found)")
            // Read by scripts/certify.
            if Self.folder != fixtures { print("parity \(name) \(tag) \(found.value)") }
        }
    }

    @Test(
        "A name may say the size that positions are for, and whose mean the features are",
        arguments: [
            ("vit_base_patch16_384", 577, "norm"), ("vit_large_patch14_dinov2_182", 170, "norm"),
            ("vit_base_patch16_224_gap", 197, "fc_norm"), ("vit_base_patch16_siglip_384", 576, "norm"),
            ("eva02_base_patch14_448", 1025, "fc_norm"), ("eva02_tiny_patch14_336_token", 577, "norm"),
            ("eva02_large_patch14_clip_224_gap", 257, "fc_norm"), ("eva_large_patch14_336", 577, "fc_norm"),
            ("hf_vit_small_patch14_dinov2_224", 257, "norm"),
            ("hf_vit_small_patch14_reg4_dinov2_224_token", 256, "norm"),
        ])
    func variants(_ name: String, _ places: Int, _ norm: String) throws {
        var draw = WeightInitializer.shapes
        let network = try Network(
            #require(Network.Architecture(rawValue: name)), classifier: .linear, classes: 3, &draw)
        let shapes = Dictionary(
            uniqueKeysWithValues: try network.namedTensors().map { ($0.name, $0.tensor.shape) })
        #expect(shapes["pos_embed"]?[1] == places && shapes["\(norm).weight"] != nil)
    }

    @Test(
        "What is no network's name is none",
        arguments: [
            "vit_base_patch16_225", "vit_base_patch16_0", "vit_base_patch16_-224", "resnet50_224",
            "convnext_tiny_gap", "vit_base_patch16_siglip_224_gap", "vit_base_patch16_224_token",
            "eva02_base_patch14_224_gap", "vit_base_patch16_dinov3_512", "vit_base_patch16_dinov3_gap",
            "vit_small_patch16_lingbot_gap", "hf_vit_small_patch14_dinov2_gap", "tv_efficientnet_b4",
            "hf_vit_base_patch16_224", "vit_base_patch16_99999999999999999999", "_224", "",
        ])
    func unknown(_ name: String) {
        #expect(Network.Architecture(rawValue: name) == nil)
    }
}
