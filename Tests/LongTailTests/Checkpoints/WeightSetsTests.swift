import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments

/// Which of several sets of weights in one file is taken.
struct WeightSetsTests {
    /// A file with the set marked 1 that is taken, and others marked 2.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let root: PickleValue
        let key: String
        var others: [String] = []
    }

    static let cases: [Case] = {
        guard let own = try? FieldState(mark: 1), let other = try? FieldState(mark: 2) else { return [] }
        let hooked = other.renamed { "ema_" + $0.replacing(".", with: "_") }
        let queue = ["module.queue": [8, 16], "module.queue_ptr": [1]]
        return [
            .init(
                testDescription: "timm's CheckpointSaver with an average",
                root: pickled([
                    "epoch": .int(2), "state_dict": own.value, "state_dict_ema": other.value, "metric": .float(61),
                ]), key: "state_dict", others: ["state_dict_ema"]),
            .init(
                testDescription: "Swin's and DeiT's pair",
                root: pickled(["model_ema": other.value, "model": own.value]), key: "model", others: ["model_ema"]),
            .init(
                testDescription: "FixMatch",
                root: pickled(["ema_state_dict": other.value, "state_dict": own.under("module.").value]),
                key: "state_dict", others: ["ema_state_dict"]),
            .init(
                testDescription: "BasicSR", root: pickled(["params_ema": other.value, "params": own.value]),
                key: "params", others: ["params_ema"]),
            .init(
                testDescription: "mmcv's EMAHook in one dictionary",
                root: pickled(["meta": pickled(["epoch": .int(3)]), "state_dict": (own + hooked).value]),
                key: "state_dict", others: ["state_dict.ema_"]),
            .init(
                testDescription: "DINO's student and teacher",
                root: pickled([
                    "student": other.under("module.backbone.").value, "teacher": own.under("backbone.").value,
                ]), key: "teacher", others: ["student"]),
            .init(
                testDescription: "MoCo's encoders in one dictionary",
                root: pickled([
                    "state_dict": (own.body.under("module.encoder_q.") + other.body.under("module.encoder_k."))
                        .with(queue).value
                ]), key: "state_dict.module.encoder_q", others: ["state_dict.module.encoder_k"]),
            .init(
                testDescription: "MoCo v3's encoders, the momentum encoder first",
                root: pickled([
                    "state_dict": (other.under("module.momentum_encoder.") + own.under("module.base_encoder.")).value
                ]), key: "state_dict.module.base_encoder", others: ["state_dict.module.momentum_encoder"]),
            .init(
                testDescription: "Lightning's module with an averaged copy",
                root: pickled(["state_dict": (own.under("model.") + other.under("ema_model.module.")).value]),
                key: "state_dict.model", others: ["state_dict.ema_model.module"]),
            .init(
                testDescription: "a list with the state dict in it",
                root: .list([own.value, pickled(["epoch": .int(3)])]), key: "0"),
            .init(
                testDescription: "a tuple deep down",
                root: pickled(["best": .tuple([.int(3), pickled(["weights": own.value])])]), key: "best.1.weights"),
            .init(testDescription: "a name of nobody's", root: pickled(["weights": own.value]), key: "weights"),
        ]
    }()

    @Test("The weights that were trained are taken, the choice and the others are named", arguments: cases)
    func defaults(_ expected: Case) throws {
        let weights = try imported(expected.root)
        #expect(weights.key == expected.key && weights.others == expected.others)
        #expect(weights.tensors.values.allSatisfy { $0.bytes.allSatisfy { $0 == 1 } })
        let full = try FieldState()
        #expect(Set(weights.tensors.keys).isSuperset(of: full.body.tensors.keys))
    }

    @Test("A key takes another set", arguments: cases)
    func chosen(_ expected: Case) throws {
        for key in expected.others {
            let weights = try imported(expected.root, key: key)
            #expect(weights.key == key)
            #expect(weights.tensors.values.allSatisfy { $0.bytes.allSatisfy { $0 == 2 } }, "\(key)")
            #expect(weights.tensors["layer3.2.conv2.weight"] != nil)
        }
    }

    @Test(
        "Parts of a dictionary are chosen by the part alone, wrapped or not; what is not there is refused with a list")
    func parts() throws {
        let state = try FieldState().under("module.a.") + FieldState(mark: 2).under("module.b.")
        for key in ["b", "module.b", "state_dict.b", "state_dict.module.b"] {
            let weights = try imported(pickled(["state_dict": state.value]), key: key)
            #expect(weights.tensors["fc.bias"]?.bytes.first == 2 && weights.leftOut.isEmpty, "\(key)")
        }
        let refusal = mergingFailure { () throws(LongTailError) in
            _ = try imported(pickled(["state_dict": state.value]), key: "c")
        }
        #expect(refusal?.kind == .usage)
        #expect(
            refusal?.description.contains("no weights under 'c'\n  It has tensors under: state_dict.module.a") == true)
    }

    @Test("Of two sets without a customary name none is taken; the way out is the option") func ambiguous() throws {
        let state = try FieldState().value
        let root = pickled(["first": state, "second": state])
        let message = mergingFailure { () throws(LongTailError) in _ = try imported(root) }?
            .description(onCommandLineOf: "longtail")
        #expect(message?.contains("has tensors under first, second") == true)
        #expect(message?.contains("--weights-key KEY") == true)
        #expect(try imported(root, key: "second").key == "second")
    }

    @Test("A classifier in a dictionary beside its body belongs to it") func divided() throws {
        let own = try FieldState()
        let head = own.renamed { $0.hasPrefix("fc.") ? String($0.dropFirst(3)) : nil }
        let weights = try imported(pickled(["backbone": own.body.under("module.").value, "fc": head.value]))
        #expect(weights.tensors == own.tensors)
    }

    @Test("The log of a run says what was taken and what was not") func said() throws {
        let folder = try RunFolder()
        let path = folder.path("f.safetensors")
        let own = try Network(.resnet20, classifier: .linear, classes: 3, seed: 9).stateDict()
        var both = StateDict()
        for (name, tensor) in own {
            both["model.\(name)"] = tensor
            both["ema.\(name)"] = FieldState.tensor(tensor.shape, tensor.dtype, 0)
        }
        try SafeTensorsFile.write(both, metadata: [:], to: path)
        var recipe = try tinyRecipe("[fc: {}]")
        recipe.network.weights = path
        var notes: [String] = []
        func start() throws(LongTailError) -> StateDict {
            try StartingWeights.make(recipe, tinyData(recipe)) { (text) throws(LongTailError) in notes.append(text) }
                .weights
        }
        #expect(try start() == own)
        #expect(notes.last?.contains("from model, not ema, which network.weights-key would take") == true, "\(notes)")
        recipe.network.weightsKey = "ema"
        #expect(try start()["conv1.weight"]?.bytes.allSatisfy { $0 == 0 } == true)
        (recipe.network.checkpoint, recipe.network.weights) = (path, nil)
        #expect(try start()["fc.weight"]?.bytes.allSatisfy { $0 == 0 } == true)
        #expect(
            notes.last?.contains("122 tensors") != true
                && notes.last?.contains("taken over from ema, not model") == true)
    }
}
