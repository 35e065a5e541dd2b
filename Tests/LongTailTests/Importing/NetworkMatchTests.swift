import Basics
import Foundation
import Serialization
import TestSupport
import Testing
import Torch
import Vision

@testable import LongTail

struct NetworkMatchTests {
    /// A network's names and shapes, without values worth reading.
    private func state(_ name: Network.Name, _ kind: Classifier.Kind = .linear, classes: Int) throws -> StateDict {
        var draw = WeightDraw.shapes
        var state = StateDict()
        for (name, tensor) in try Network(name, classifier: kind, classes: classes, &draw).namedTensors() {
            let dtype = tensor.dtype ?? .float32
            state[name] = HostTensor(dtype: dtype, shape: tensor.shape, bytes: Data(count: tensor.count * dtype.size))
        }
        return state
    }

    private func match(_ state: StateDict, as network: Network.Name? = nil) throws(Failure) -> NetworkMatch {
        let file = ModelFile.safeTensors(SafeTensors(tensors: state, metadata: [:]))
        return try NetworkMatch(ImportedWeights(file, path: "f"), network: network, path: "f")
    }

    @Test(
        "Each network is found by its names and shapes, with its classifier and classes",
        arguments: Network.Name.allCases)
    func found(_ name: Network.Name) throws {
        for (kind, classes) in [(Classifier.Kind.linear, 365), (.cosine, 7)] {
            let match = try match(state(name, kind, classes: classes))
            #expect(match.network == name && match.classifier == kind && match.classes == classes)
            #expect(match.plan.isComplete, "\(match.plan)")
        }
    }

    @Test("A file with flaws still finds its network, and the flaws are listed") func flaws() throws {
        var state = try state(.resnext50, classes: 10)
        state["layer3.2.bn1.weight"] = nil
        state["layer4.0.conv2.weight"] = floats([1, 2])
        state["criterion.weight"] = floats([1])
        let match = try match(state)
        #expect(match.network == .resnext50)
        #expect(match.plan.missing == ["layer3.2.bn1.weight"] && match.plan.surplus == ["criterion.weight"])
        #expect(match.plan.reshaped.map(\.name) == ["layer4.0.conv2.weight"])
    }

    @Test("A body alone has no classes; a scale per class is expected where there is one") func heads() throws {
        var state = try state(.resnet20, classes: 4)
        state["learned_norm"] = HostTensor([1, 1, 1, 1], shape: [1, 4], dtype: .float32)
        #expect(try match(state).plan.isComplete)
        state = state.filter { !$0.key.hasPrefix("fc.") && $0.key != "learned_norm" }
        let body = try match(state)
        #expect(body.classes == nil && body.network == .resnet20 && body.plan.missing == ["fc.weight", "fc.bias"])
    }

    @Test("What is no network of the list is refused, unless it is named") func strange() throws {
        let state: StateDict = ["blocks.0.attn.qkv.weight": floats([1, 2])]
        let refusal = failure { () throws(Failure) in _ = try match(state) }
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
