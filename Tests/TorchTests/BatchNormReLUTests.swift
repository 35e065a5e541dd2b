import Basics
import Serialization
import TestSupport
import Testing
import Torch

/// relu(batchnorm(x) + residual): the fused passes against libtorch's separate operators in float64.
@Suite(.serialized) struct BatchNormReLUTests {
    /// What one forward and backward pass leaves.
    private struct Pass {
        var tensors: [(name: String, value: HostTensor)] = []
    }

    /// One pass over 2×`channels`×`side`×`side` pictures whose values bfloat16 can hold, in the arithmetic of `dtype`.
    private func pass(
        channels: Int, side: Int, residual: Bool, dtype: DType, fused: Bool = true, threads: Int = 1,
        format: Tensor.MemoryFormat = .channelsLast
    ) throws -> Pass {
        try Engine.setThreads(threads)
        let statistics: DType = dtype == .float64 ? .float64 : .float32
        func picture(_ k: Int, scale: Double, offset: Double = 0) throws -> Tensor {
            let shape = [2, channels, side, side]
            let exact = try Formula.tensor(k, shape, scale: scale, offset: offset).to(.bfloat16).to(dtype)
            return try exact.contiguous(format).detach()
        }
        func vector(_ k: Int, offset: Double) throws -> Tensor {
            try Formula.tensor(k, [channels], scale: 0.4, offset: offset, dtype: .float32).to(statistics).detach()
        }
        let (x, other) = (try picture(1, scale: 2, offset: 0.7), residual ? try picture(2, scale: 1) : nil)
        let (weight, bias) = (try vector(3, offset: 1), try vector(4, offset: 0))
        let (mean, variance) = (try vector(5, offset: 0), try vector(6, offset: 1))
        let leaves = [x, weight, bias] + (other.map { [$0] } ?? [])
        for leaf in leaves { try leaf.setRequiresGrad(true) }
        let y: Tensor
        if fused {
            y = try x.batchNormReLU(
                residual: other, weight: weight, bias: bias, runningMean: mean, runningVar: variance, momentum: 0.1,
                eps: 1e-5)
        } else {
            let normal = try x.batchNorm(
                weight: weight, bias: bias, runningMean: mean, runningVar: variance, training: true, momentum: 0.1,
                eps: 1e-5)
            y = try (other.map { try normal.add($0) } ?? normal).relu_()
        }
        try y.mul(picture(7, scale: 1)).sum().backward()
        var result = Pass()
        let named: [(String, Tensor?)] = [
            ("y", y), ("x.grad", try x.grad()), ("weight.grad", try weight.grad()), ("bias.grad", try bias.grad()),
            ("residual.grad", try other?.grad()), ("running_mean", mean), ("running_var", variance),
        ]
        for (name, tensor) in named {
            if let tensor { result.tensors.append((name, try tensor.to(.float64).detach().host())) }
        }
        return result
    }

    @Test(
        "Value, gradients and running statistics are those of float64, to the rounding of what they are kept in",
        arguments: [(16, 40), (32, 9), (64, 3), (48, 1)], [false, true])
    func parity(size: (channels: Int, side: Int), residual: Bool) throws {
        let found = try pass(channels: size.channels, side: size.side, residual: residual, dtype: .bfloat16)
        let expected = try pass(
            channels: size.channels, side: size.side, residual: residual, dtype: .float64, fused: false)
        #expect(found.tensors.map(\.name) == expected.tensors.map(\.name))
        for (one, other) in zip(found.tensors, expected.tensors) {
            // bfloat16 keeps 8 bits (relative step 2^-8, rounding at most half of it); the rest is float32.
            let isPicture = ["y", "x.grad", "residual.grad"].contains(one.name)
            let error = relativeError(one.value, other.value)
            #expect(error < (isPicture ? 2.2e-3 : 2e-5), "\(one.name): \(error)")
        }
    }

    @Test("The threads do not show in the bits") func threads() throws {
        let one = try pass(channels: 16, side: 40, residual: true, dtype: .bfloat16)
        let two = try pass(channels: 16, side: 40, residual: true, dtype: .bfloat16, threads: 2)
        for (a, b) in zip(one.tensors, two.tensors) { #expect(a.value == b.value, "\(a.name)") }
    }

    @Test(
        "Other types, channels and layouts go to the separate operators, bit for bit",
        arguments: [
            (16, DType.float32, Tensor.MemoryFormat.channelsLast), (16, .float64, .contiguous),
            (20, .bfloat16, .channelsLast),
            (16, .bfloat16, .contiguous),
        ])
    func composed(kind: (channels: Int, dtype: DType, format: Tensor.MemoryFormat)) throws {
        let passes = try [true, false].map {
            try pass(
                channels: kind.channels, side: 6, residual: true, dtype: kind.dtype, fused: $0, format: kind.format)
        }
        for (a, b) in zip(passes[0].tensors, passes[1].tensors) { #expect(a.value == b.value, "\(a.name)") }
    }

    @Test("A NaN in the input comes out") func notANumber() throws {
        let x = try Tensor([Float.nan] + Array(repeating: 1, count: 63), shape: [1, 16, 2, 2]).to(.bfloat16)
            .contiguous(.channelsLast)
        let (ones, zeros) = (try Tensor.ones([16]), try Tensor.zeros([16]))
        let y = try x.batchNormReLU(
            weight: ones, bias: zeros, runningMean: zeros.clone(), runningVar: ones.clone(), momentum: 0.1, eps: 1e-5)
        #expect(try y.host().doubles.prefix(4).allSatisfy(\.isNaN))
        #expect(try y.host().doubles.dropFirst(4).allSatisfy { $0 == 0 })
    }
}
