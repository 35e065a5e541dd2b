import Foundation
import LongTail
import OrderedCollections
import TestSupport
import Testing

/// A convolution, a list of two normalisations and a linear layer.
private final class Small: Module {
    let conv: Conv2d
    let norms: [BatchNorm2d]
    let fc: Linear

    init(seed: UInt64 = 1) throws(LongTailError) {
        var draw = WeightInitializer(seed: seed)
        conv = try Conv2d(3, 2, kernel: 3, padding: 1, &draw)
        norms = [try BatchNorm2d(2), try BatchNorm2d(2)]
        fc = try Linear(2, 4, &draw)
    }

    var children: [(name: String, child: ModuleChild)] {
        [("conv", .module(conv)), ("norms", .modules(norms)), ("fc", .module(fc))]
    }

    func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try fc(norms[1](norms[0](conv(x))).mean([2, 3]))
    }
}

/// Two members of one name.
private final class Twins: Module {
    let one: Buffer
    let other: Buffer

    init() throws(LongTailError) { (one, other) = (Buffer(try .zeros([1])), Buffer(try .zeros([1]))) }

    var children: [(name: String, child: ModuleChild)] { [("twin", .buffer(one)), ("twin", .buffer(other))] }
}

@Suite struct ModuleTests {
    init() throws { try Engine.setThreads(1) }

    @Test("A state dict has PyTorch's names in PyTorch's order") func names() throws {
        let norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        let expected = ["conv.weight"] + norm.map { "norms.0.\($0)" } + norm.map { "norms.1.\($0)" }
        #expect(try Array(Small().stateDict().keys) == expected + ["fc.weight", "fc.bias"])
        #expect(try Small().parameters().map(\.name).count == 7)
    }

    @Test("Loaded weights are the saved ones bit for bit, and the network computes the same") func load() throws {
        let (a, b) = (try Small(seed: 1), try Small(seed: 2))
        let x = try Formula.images(0, dtype: .float32)
        _ = try a(x)
        for network in [a, b] { try network.setTraining(false) }
        #expect(try a(x).host() != b(x).host())
        try b.load(a.stateDict())
        #expect(try a.stateDict() == b.stateDict())
        #expect(try a(x).host() == b(x).host())
        #expect(b.fc.weight.tensor.requiresGrad)
    }

    @Test("Missing, surplus, reshaped and retyped tensors are all listed, and nothing is loaded") func refusals() throws
    {
        let network = try Small()
        let before = try network.stateDict()
        var state = try Small(seed: 9).stateDict()
        state["fc.bias"] = nil
        state["norms.1.weight"] = nil
        state["head.weight"] = HostTensor([1], shape: [1], dtype: .float32)
        state["fc.weight"] = HostTensor([Double](repeating: 0, count: 6), shape: [3, 2], dtype: .float32)
        state["norms.0.bias"] = HostTensor([0, 0], shape: [2], dtype: .float64)
        let refused = try #require(failure { () throws(LongTailError) in try network.load(state) })
        #expect(refused.kind == .checkpoint)
        #expect(
            refused.remedy == """
                missing (2): fc.bias, norms.1.weight
                surplus (1): head.weight
                other shape or type (2): norms.0.bias: [2] F32, file [2] F64, fc.weight: [4, 2] F32, file [3, 2] F32
                """)
        #expect(try network.stateDict() == before)
    }

    @Test("Long lists of misfits are cut") func cut() throws {
        let refused = try #require(failure { () throws(LongTailError) in try Small().load([:]) })
        #expect(
            refused.remedy
                == "missing (13): conv.weight, fc.bias, fc.weight, norms.0.bias …")
    }

    @Test("Two tensors of one name are refused") func twins() throws {
        let refused = failure { () throws(LongTailError) in _ = try Twins().stateDict() }
        #expect(refused?.problem == "two tensors of the network are called twin")
    }

    @Test("Batch normalisation counts and moves its statistics in training only") func batchNorm() throws {
        let norm = try BatchNorm2d(3)
        let x = try Formula.images(0, dtype: .float32)
        norm.training = false
        let still = try norm.stateDict()
        #expect(try norm(x).host() != x.host())
        #expect(try norm.stateDict() == still)
        norm.training = true
        _ = try norm(x)
        #expect(try norm.numBatchesTracked.tensor.item() == 1)
        #expect(try norm.runningMean.tensor.host() != still["running_mean"])
        // 0.9 · 1 + 0.1 · unbiased variance of the batch.
        let channel = try x.slice(1, from: 0, to: 1).array(of: Double.self)
        let mean = channel.reduce(0, +) / Double(channel.count)
        let variance = channel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channel.count - 1)
        #expect(abs(try norm.runningVar.tensor.array(of: Double.self)[0] - (0.9 + 0.1 * variance)) < 1e-5)
    }

    @Test("Initial weights depend on seed and position, with He's deviation") func weights() throws {
        var (a, b, c) = (WeightInitializer(seed: 3), WeightInitializer(seed: 3), WeightInitializer(seed: 4))
        let first = try a.kaimingNormal([64, 64], fanIn: 64).host()
        #expect(try b.kaimingNormal([64, 64], fanIn: 64).host() == first)
        #expect(try c.kaimingNormal([64, 64], fanIn: 64).host() != first)
        #expect(try a.kaimingNormal([64, 64], fanIn: 64).host() != first)
        var later = WeightInitializer(seed: 3, start: 1)
        #expect(try later.kaimingNormal([64, 64], fanIn: 64).host() == b.kaimingNormal([64, 64], fanIn: 64).host())
        let values = first.doubles
        let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        // Four standard errors of the deviation of 4,096 numbers.
        #expect(abs(deviation / (2.0 / 64).squareRoot() - 1) < 4 / (2 * 4096.0).squareRoot())
        let bounded = try a.uniform([1000], bound: 0.25).host().doubles
        #expect(bounded.allSatisfy { abs($0) <= 0.25 } && bounded.contains { abs($0) > 0.24 })
    }

    @Test("Frozen parameters get no gradient") func frozen() throws {
        let network = try Small()
        try network.setTrained { $0.hasPrefix("fc.") }
        try network(Formula.images(0, dtype: .float32)).crossEntropy(Formula.labels(0, classes: 4)).backward()
        for (name, parameter) in try network.parameters() {
            #expect(try (parameter.tensor.grad() != nil) == name.hasPrefix("fc."))
        }
    }
}
