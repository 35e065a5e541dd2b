import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailVision

/// RIDE's and BBN's networks written in PyTorch (scripts/fixtures/branches.py, Fixtures/network.md), in float64.
@Suite struct BranchesParityTests {
    private let fixture: StateDict
    private let images: Tensor
    private let labels: Tensor

    init() throws {
        try Engine.setThreads(1)
        fixture = try parityFixture("VisionTests/Fixtures/branches")
        images = try Formula.tensor(1000, [8, 3, 32, 32], scale: 2)
        labels = try Formula.labels(0, classes: 10, count: 8)
    }

    private func network(_ classifier: Classifier.Kind, _ branches: Network.Branches) throws(LongTailError) -> Network {
        let network = try Network(.init(.resnet20, classifier, branches), classes: 10, seed: 0)
        if branches.experts != nil {
            var draw = WeightInitializer.zeros
            try network.classifier.add(ExpertGates.self, &draw)
        }
        try network.convert(to: .float64)
        try Formula.fill(network)
        return network
    }

    /// Names and shapes as the fixture lists them, one a line.
    private func names(_ network: Network, _ kind: String) throws -> [String] {
        try network.stateDict().sorted { $0.key < $1.key }.map { name, tensor in
            "\(kind) \(name) \(tensor.shape.isEmpty ? "scalar" : tensor.shape.map(String.init).joined(separator: "x"))"
        }
    }

    private func listed(_ kind: String) throws -> [String] {
        try String(contentsOf: fixtures.appending(path: "branches-names.txt"), encoding: .utf8)
            .split(separator: "\n").map(String.init).filter { $0.hasPrefix("\(kind) ") }
    }

    /// The loss of the network's logits in training mode, and each gradient by its norm and its product with u(2000 + k).
    private func compareTraining(_ network: Network, _ logits: Tensor, _ kind: String) throws {
        let loss = try logits.crossEntropy(labels)
        try loss.backward()
        #expect(try relativeError(loss, fixture["\(kind)/loss"]) < 1e-9)
        let parameters = Dictionary(uniqueKeysWithValues: try network.parameters())
        var rows: [Double] = []
        for (k, name) in try network.stateDict().keys.sorted().enumerated() {
            guard let gradient = try parameters[name]?.tensor.grad() else { continue }
            let values = try gradient.host().doubles
            rows.append(values.reduce(0) { $0 + $1 * $1 }.squareRoot())
            rows.append(zip(values, Formula.uniform(2000 + k, values.count)).reduce(0) { $0 + $1.0 * $1.1 })
        }
        let found = HostTensor(rows, shape: [rows.count / 2, 2], dtype: .float64)
        #expect(relativeError(found, fixture["\(kind)/gradients"]) < 1e-9)
    }

    @Test("Experts, gates and who is asked are those of RIDE's network in PyTorch, with its names") func ride() throws {
        let network = try network(.cosine, .experts(count: 3, isNarrow: true))
        #expect(try names(network, "ride") == listed("ride"))
        try network.setTraining(false)
        let features = try network.backbone(images)
        let experts = try network.classifier.experts(features)
        let gates = try #require(network.classifier.part(ExpertGates.self))
        #expect(try relativeError(features, fixture["ride/features"]) < 1e-9)
        #expect(try relativeError(experts.meanLogits(), fixture["ride/mean"]) < 1e-9)
        #expect(
            try relativeError(gates(network.classifier.byExpert(features), experts), fixture["ride/gates"]) < 1e-9)

        let bias = try #require(try gates.parameters().first { $0.name == "expert_help_pred.bias" }).parameter.tensor
        let shifts = try #require(fixture["ride/shifts"]).doubles
        let routed = try Tensor(#require(fixture["ride/routed"]))
        for (index, shift) in shifts.enumerated() {
            try withoutGradients { () throws(LongTailError) in _ = try bias.add_(Tensor([shift])) }
            let expected = try routed.slice(0, from: index, to: index + 1).squeeze(0).host()
            #expect(try relativeError(network(images), expected) < 1e-9)
            // Without the experts that no gate asks for.
            #expect(try relativeError(network.predict(images), expected) < 1e-9)
            try withoutGradients { () throws(LongTailError) in _ = try bias.add_(Tensor([-shift])) }
        }
        for (shift, asked) in [(-1e6, 1), (1e6, 3)] {
            try withoutGradients { () throws(LongTailError) in _ = try bias.add_(Tensor([shift])) }
            let expected = try Array(experts.prefix(asked)).meanLogits().host()
            #expect(try relativeError(network.predict(images), expected) < 1e-9)
            try withoutGradients { () throws(LongTailError) in _ = try bias.add_(Tensor([-shift])) }
        }
        try network.setTraining(true)
        let trained = try network.classifier.experts(network.backbone(images)).meanLogits()
        try compareTraining(network, trained, "ride")
    }

    @Test("Both branches are those of BBN's network in PyTorch, with its names") func bbn() throws {
        let network = try network(.linear, .bilateral)
        #expect(try names(network, "bbn") == listed("bbn"))
        try network.setTraining(false)
        #expect(try relativeError(network.backbone(images), fixture["bbn/features"]) < 1e-9)
        #expect(try relativeError(network(images), fixture["bbn/logits"]) < 1e-9)
        try network.setTraining(true)
        try compareTraining(network, network(images), "bbn")
    }
}
