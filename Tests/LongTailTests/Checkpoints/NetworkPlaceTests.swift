import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments

/// Where in a dictionary a network lies, and what beside it is none of it.
struct NetworkPlaceTests {
    /// A state dict, what it must match, and what is left out, by modules.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let state: FieldState
        var leftOut: [String] = []
        var hasHead = true
    }

    static func cases() throws -> [Case] {
        let own = try FieldState()
        let (body, head) = (own.body, own.renamed { $0.hasPrefix("fc.") ? String($0.dropFirst(3)) : nil })
        func lightning(_ prefix: String) -> FieldState { own.under(prefix) }
        return [
            .init(testDescription: "resnet.", state: own.under("resnet.")),
            .init(testDescription: "timm_model. in DataParallel", state: own.under("module.timm_model.")),
            .init(testDescription: "nested", state: own.under("base_model.inner.")),
            .init(testDescription: "compiled in DDP", state: own.under("module._orig_mod.")),
            .init(
                testDescription: "a class-weighted loss", state: lightning("model.").with(["criterion.weight": [4]]),
                leftOut: ["criterion.* (1)"]),
            .init(
                testDescription: "a loss beside a network without a prefix",
                state: own.with(["loss_fn.weight": [4], "train_loss.prior": [4]]),
                leftOut: ["loss_fn.* (1)", "train_loss.* (1)"]),
            .init(
                testDescription: "metrics",
                state: lightning("net.").with(["val_f1.tp": [4], "train_acc.confmat": [4, 4]], .int64),
                leftOut: ["train_acc.* (1)", "val_f1.* (1)"]),
            .init(
                testDescription: "counts beside a network without a prefix",
                state: own.with(["recall.tp": [4], "recall.fn": [4]], .int64), leftOut: ["recall.* (2)"]),
            .init(
                testDescription: "AveragedModel", state: own.under("module.").with(["n_averaged": []], .int64),
                leftOut: ["n_averaged"]),
            .init(
                testDescription: "a frozen teacher of another name",
                state: own.under("model.").with(["guide.blocks.0.weight": [4, 4]]), leftOut: ["guide.* (1)"]),
            .init(
                testDescription: "dropout before the layer",
                state: body + head.under("fc.1.")),
            .init(
                testDescription: "body and Sequential head, each an attribute, a loss and a metric",
                state: (body.under("feature_extractor.") + head.under("classifier.2.")).with([
                    "criterion.weight": [4], "acc_metric.total": [],
                ]), leftOut: ["acc_metric.* (1)", "criterion.* (1)"]),
            .init(testDescription: "mmpretrain", state: body.under("backbone.") + head.under("head.fc.")),
            .init(testDescription: "last_linear", state: body + head.under("last_linear.")),
            .init(
                testDescription: "a linear probe on a contrastive encoder",
                state: (body.under("encoder_q.") + body.under("encoder_k.") + head.under("linear.")).with([
                    "encoder_q.fc.0.weight": [64, 64], "encoder_q.fc.2.weight": [8, 64], "queue": [8, 16],
                ]), leftOut: ["encoder_q.fc.* (2)", "encoder_k.* (114)", "queue"]),
            .init(
                testDescription: "SimSiam",
                state: body.under("module.encoder.").with([
                    "module.encoder.fc.0.weight": [64, 64], "module.encoder.fc.1.weight": [64],
                    "module.encoder.fc.3.weight": [64, 64], "module.predictor.0.weight": [16, 64],
                ]), leftOut: ["encoder.fc.* (3)", "predictor.* (1)"], hasHead: false),
            .init(
                testDescription: "SwAV",
                state: body.under("module.").with([
                    "module.projection_head.0.weight": [64, 64], "module.projection_head.3.weight": [16, 64],
                    "module.prototypes.weight": [30, 16],
                ]), leftOut: ["projection_head.* (2)", "prototypes.* (1)"], hasHead: false),
            .init(
                testDescription: "MoCo of one projection layer",
                state: body.under("module.encoder_q.").with([
                    "module.encoder_q.fc.weight": [8, 64], "module.encoder_q.fc.bias": [8], "module.queue": [8, 16],
                ]), leftOut: ["encoder_q.fc.* (2)", "queue"], hasHead: false),
            .init(
                testDescription: "BYOL",
                state: (body.under("online_encoder.net.") + body.under("target_encoder.net.")).with([
                    "online_predictor.net.0.weight": [64, 64], "online_encoder.projector.net.0.weight": [64, 64],
                ]), leftOut: ["target_encoder.* (114)", "online_predictor.* (1)", "online_encoder.* (1)"],
                hasHead: false),
        ]
    }

    @Test("The network is found under any prefix, and what is none of it is left out and named")
    func places() throws {
        let own = try FieldState()
        for expected in try Self.cases() {
            let weights = try imported(expected.state)
            #expect(
                weights.tensors.keys.sorted() == (expected.hasHead ? own : own.body).tensors.keys.sorted(),
                "\(expected)")
            #expect(weights.leftOutModules.sorted() == expected.leftOut.sorted(), "\(expected)")
            let match = try NetworkMatch(weights, path: "f")
            #expect(match.classes == (expected.hasHead ? 4 : nil) && match.plan.isComplete == expected.hasHead)
        }
    }

    @Test("What could be part of the network is kept, and the file refused") func kept() throws {
        let own = try FieldState()
        let head = own.renamed { $0.hasPrefix("fc.") ? "classifier.\($0.dropFirst(3))" : nil }
        let neck = own.body.under("backbone.") + head
        for (state, name) in [
            (own.with(["ca.fc1.weight": [4, 16, 1, 1], "sa.conv1.weight": [1, 2, 7, 7]]), "ca.fc1.weight"),
            (neck.with(["bottleneck.weight": [64], "bottleneck.running_mean": [64]]), "bottleneck.weight"),
            (own.under("net.").with(["net.attention.weight": [4, 4], "criterion.weight": [4]]), "attention.weight"),
        ] {
            let match = try NetworkMatch(imported(state), path: "f")
            #expect(match.plan.missing.isEmpty && match.plan.surplus.contains(name))
            let refusal = mergingFailure { () throws(LongTailError) in _ = try match.weights() }
            #expect(refusal?.remedy?.contains("more that could be part of it") == true)
            #expect(refusal?.remedy?.contains(name) == true)
        }
        let two = own.under("model.").with(["classifier.weight": [7, 4], "classifier.bias": [7]])
        let message = mergingFailure { () throws(LongTailError) in _ = try imported(two) }?.description
        #expect(message?.contains("two classifiers, fc and classifier") == true, "\(message ?? "accepted")")
    }

    /// transformers' name of one of torchvision's (models/resnet/modeling_resnet.py of transformers 5).
    private func transformers(_ name: String) -> String {
        let parts = name.split(separator: ".").map(String.init)
        let (leaf, kind) = (parts[parts.count - 1], parts[parts.count - 2])
        let word = kind.hasPrefix("conv") || kind == "0" ? "convolution" : "normalization"
        if parts[0] == "fc" { return "classifier.1.\(leaf)" }
        guard let stage = parts[0].dropFirst(5).first?.wholeNumberValue, parts[0].hasPrefix("layer") else {
            return "resnet.embedder.embedder.\(word).\(leaf)"
        }
        let block = "resnet.encoder.stages.\(stage - 1).layers.\(parts[1])"
        if parts[2] == "downsample" { return "\(block).shortcut.\(word).\(leaf)" }
        return "\(block).layer.\((kind.last?.wholeNumberValue ?? 1) - 1).\(word).\(leaf)"
    }

    @Test(
        "transformers' names, and those of a Sequential of a ResNet's children, come under torchvision's",
        arguments: [Network.Architecture.resnet18, .resnet50])
    func spellings(_ network: Network.Architecture) throws {
        let own = try FieldState(network, classes: 7)
        #expect(try imported(own.renamed(transformers)).tensors.keys.sorted() == own.tensors.keys.sorted())
        let numbers = ["conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"]
        func child(_ name: String) -> String? {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            return numbers[parts[0]].map { "\($0).\(parts[1])" }
        }
        let extractor = own.renamed(child).under("feature_extractor.")
            .with(["classifier.weight": [7, network == .resnet18 ? 512 : 2048], "classifier.bias": [7]])
        #expect(try imported(extractor).tensors.keys.sorted() == own.tensors.keys.sorted())
        let learner = own.renamed(child).under("0.").with([
            "1.2.weight": [64], "1.4.weight": [8, 64], "1.8.weight": [7, 8],
        ])
        let match = try NetworkMatch(imported(pickled(["model": learner.value])), path: "f")
        #expect(match.design.name == network && match.plan.surplus == ["fc.2.weight", "fc.4.weight", "fc.8.weight"])
    }
}
