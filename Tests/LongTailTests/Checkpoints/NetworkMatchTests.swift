import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

struct NetworkMatchTests {
    /// A network's names and shapes, without values worth reading.
    private func state(_ name: Network.Architecture, _ kind: Classifier.Kind = .linear, classes: Int) throws
        -> StateDict
    {
        try state(.init(name, kind), classes: classes)
    }

    private func state(_ design: Network.Design, hasGates: Bool = false, classes: Int) throws -> StateDict {
        var draw = WeightInitializer.shapes
        var state = StateDict()
        let network = try Network(design, classes: classes, &draw)
        if hasGates { try network.classifier.add(ExpertGates.self, &draw) }
        for (name, tensor) in try network.namedTensors() {
            let dtype = tensor.dtype ?? .float32
            state[name] = HostTensor(dtype: dtype, shape: tensor.shape, bytes: Data(count: tensor.count * dtype.size))
        }
        return state
    }

    private func match(_ state: StateDict, as network: Network.Architecture? = nil) throws(LongTailError)
        -> NetworkMatch
    {
        let file = ModelFile.safeTensors(SafeTensors(tensors: state, metadata: [:]))
        return try NetworkMatch(ImportedWeights(file, path: "f"), network: network, path: "f")
    }

    @Test(
        "Each network is found by its names and shapes, with its classifier and classes",
        arguments: Network.Architecture.allCases.filter { !$0.isTransformer && !$0.rawValue.contains("net_") }
            .filter {
                !$0.rawValue.hasPrefix("convnext") && !$0.rawValue.contains("v2_") && !$0.rawValue.contains("v3_")
            }
            + [
                "vit_tiny_patch16_224", "vit_small_patch14_reg4_dinov2", "vit_base_patch32_clip_224",
                "vit_base_patch16_siglip_224", "deit3_small_patch16_224", "vit_base_patch16_384",
                "vit_small_patch14_dinov2_182",
                "vit_tiny_patch16_224_gap", "eva02_tiny_patch14_224", "eva02_base_patch14_448",
                "eva02_small_patch14_336_token", "eva02_base_patch16_clip_224", "vit_small_patch16_dinov3",
                "vit_small_plus_patch16_dinov3_qkvb", "convnext_atto", "convnextv2_tiny", "efficientnet_b0",
                "efficientnet_lite1",
                "tf_efficientnetv2_b0", "efficientnetv2_s", "mobilenetv3_small_100",
            ].compactMap { Network.Architecture(rawValue: $0) })
    func found(_ name: Network.Architecture) throws {
        for (kind, classes) in [(Classifier.Kind.linear, 365), (.cosine, 7)] {
            let match = try match(state(name, kind, classes: classes))
            #expect(match.design == .init(name, kind) && match.classes == classes)
            #expect(match.plan.isComplete, "\(match.plan)")
        }
    }

    @Test(
        "Networks with branches are found in files as RIDE's, SADE's and BBN's code saves them",
        arguments: [
            (Network.Design(.resnet32, .cosine, .experts(count: 3, isNarrow: true)), true, "RIDE and SADE"),
            (.init(.resnet32, .linear, .experts(count: 1, isNarrow: false)), false, "RIDE and SADE"),
            (.init(.resnext50, .cosine, .experts(count: 4, isNarrow: true)), false, "RIDE and SADE"),
            (.init(.resnet152, .cosine, .experts(count: 3, isNarrow: false)), false, "RIDE and SADE"),
            (.init(.resnet32, .linear, .bilateral), false, "BBN"),
            (.init(.resnet50, .linear, .bilateral), false, "BBN"),
        ])
    func branches(_ design: Network.Design, _ hasGates: Bool, _ layout: String) throws {
        let own = try state(design, hasGates: hasGates, classes: 11)
        let field = StateDict(
            own.map { name, tensor in
                guard layout == "BBN" else { return ("module.backbone.\(name)", tensor) }
                let isHead = name.hasPrefix("fc.")
                return (isHead ? "module.classifier.\(name.dropFirst(3))" : "module.backbone.\(name)", tensor)
            }, uniquingKeysWith: { first, _ in first })
        let weights = try ImportedWeights(
            .safeTensors(SafeTensors(tensors: field, metadata: [:])), path: "f")
        #expect(weights.layout.name == layout)
        let match = try NetworkMatch(weights, path: "f")
        #expect(match.design == design && match.classes == 11)
        #expect(match.plan.isComplete, "\(match.plan)")
        #expect(try match.plan.apply().keys == own.keys)
    }

    @Test("Gates without experts, and an expert too few, are listed") func strangeBranches() throws {
        var single = try state(.resnet20, classes: 4)
        single["expert_help_pred.bias"] = floats([1])
        #expect(try match(single).plan.surplus == ["expert_help_pred.bias"])
        var experts = try state(.init(.resnet20, .cosine, .experts(count: 3, isNarrow: true)), classes: 4)
        experts["linears.2.weight"] = nil
        let fewer = try match(experts)
        #expect(fewer.design.branches == .experts(count: 2, isNarrow: true))
        #expect(!fewer.plan.surplus.isEmpty && fewer.plan.surplus.allSatisfy { $0.contains("s.2.") })
    }

    @Test("A file with flaws still finds its network, and the flaws are listed") func flaws() throws {
        var state = try state(.resnext50, classes: 10)
        state["layer3.2.bn1.weight"] = nil
        state["layer4.0.conv2.weight"] = floats([1, 2])
        state["neck.weight"] = floats([1])
        let match = try match(state)
        #expect(match.design.name == .resnext50)
        #expect(match.plan.missing == ["layer3.2.bn1.weight"] && match.plan.surplus == ["neck.weight"])
        #expect(match.plan.reshaped.map(\.name) == ["layer4.0.conv2.weight"])
    }

    @Test("A body alone has no classes; a scale per class is expected where there is one") func heads() throws {
        var state = try state(.resnet20, classes: 4)
        state["learned_norm"] = HostTensor([1, 1, 1, 1], shape: [1, 4], dtype: .float32)
        #expect(try match(state).plan.isComplete)
        state = state.filter { !$0.key.hasPrefix("fc.") && $0.key != "learned_norm" }
        let body = try match(state)
        #expect(body.classes == nil && body.design.name == .resnet20 && body.plan.missing == ["fc.weight", "fc.bias"])
    }

    @Test("What is no network of the list is refused, unless it is named") func strange() throws {
        let state: StateDict = ["blocks.0.attn.qkv.weight": floats([1, 2])]
        let refusal = failure { () throws(LongTailError) in _ = try match(state) }
        #expect(refusal?.description.contains("f: its names and shapes (blocks.0.attn.qkv.weight …)") == true)
        #expect(try match(state, as: .resnet20).plan.matched.isEmpty)
    }

    @Test("Files from before PyTorch 0.4.1 lack the counters of batches: zero then; one that lacks some is refused")
    func counters() throws {
        let whole = try state(.resnet18, classes: 10)
        let old = try match(whole.filter { !$0.key.hasSuffix("num_batches_tracked") })
        #expect(old.plan.isComplete && old.plan.supplied.count == 20)
        let loaded = try old.plan.apply()
        #expect(loaded.keys == whole.keys)
        #expect(loaded["bn1.num_batches_tracked"] == HostTensor(integers: [0], shape: [], dtype: .int64))
        var partly = whole
        partly["bn1.num_batches_tracked"] = nil
        #expect(try match(partly).plan.missing == ["bn1.num_batches_tracked"])
    }
}
