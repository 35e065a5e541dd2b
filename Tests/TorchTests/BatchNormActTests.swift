import LongTail
import TestSupport
import Testing

/// f(batchnorm(x) + residual): the fused passes against libtorch's separate operators in float64.
@Suite(.serialized) struct BatchNormActTests {
    /// What one forward and backward pass leaves.
    private struct Pass {
        var tensors: [(name: String, value: HostTensor)] = []
    }

    /// One pass over 2×`channels`×`side`×`side` pictures whose values bfloat16 can hold, in the arithmetic of `dtype`.
    private func pass(
        channels: Int, side: Int, residual: Bool, then activation: Activation? = .relu, dtype: DType,
        fused: Bool = true, threads: Int = 1,
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
            y = try x.batchNormAct(
                residual: other, weight: weight, bias: bias, runningMean: mean, runningVar: variance, momentum: 0.1,
                eps: 1e-5, activation: activation)
        } else {
            let normal = try x.batchNorm(
                weight: weight, bias: bias, runningMean: mean, runningVar: variance, training: true, momentum: 0.1,
                eps: 1e-5)
            let sum = try other.map { try normal.add($0) } ?? normal
            y = try activation?(sum) ?? sum
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

    /// bfloat16 keeps 8 bits (relative step 2^-8, rounding at most half of it); all the rest is float32.
    ///
    /// Of two rows a
    /// channel the gradient is what is left of numbers a thousand times as large.
    private func compare(
        _ found: Pass, _ expected: Pass, _ dtype: DType, isTiny: Bool, floats: Double = 1e-6
    ) {
        #expect(found.tensors.map(\.name) == expected.tensors.map(\.name))
        for (one, other) in zip(found.tensors, expected.tensors) {
            let isPicture = ["y", "x.grad", "residual.grad"].contains(one.name)
            let error = relativeError(one.value, other.value)
            #expect(
                error < (dtype == .float32 ? (isTiny ? 1e-3 : floats) : isPicture ? 2.2e-3 : 2e-5),
                "\(one.name): \(error)")
        }
    }

    @Test(
        "Value, gradients and running statistics are those of float64, to the rounding of what they are kept in",
        arguments: [
            (16, 40), (32, 9), (64, 3), (48, 1), (12, 33), (20, 7), (3, 5), (1, 40), (17, 3), (24, 1),
        ], [DType.float32, .bfloat16])
    func parity(size: (channels: Int, side: Int), dtype: DType) throws {
        for residual in [false, true] {
            let found = try pass(channels: size.channels, side: size.side, residual: residual, dtype: dtype)
            let expected = try pass(
                channels: size.channels, side: size.side, residual: residual, dtype: .float64, fused: false)
            compare(found, expected, dtype, isTiny: size.side == 1)
        }
    }

    @Test(
        "So it is with each activation", arguments: [nil, .relu6, .silu, .hardswish] as [Activation?],
        [DType.float32, .bfloat16])
    func activations(activation: Activation?, dtype: DType) throws {
        for (channels, side) in [(16, 40), (12, 9), (17, 3)] {
            // With a sum before it only what ReLU does is fused.
            for residual in activation == nil ? [false, true] : [false] {
                let found = try pass(
                    channels: channels, side: side, residual: residual, then: activation, dtype: dtype)
                let expected = try pass(
                    channels: channels, side: side, residual: residual, then: activation, dtype: .float64, fused: false)
                compare(found, expected, dtype, isTiny: false, floats: 2e-6)
            }
        }
    }

    @Test("An activation that is not fused, or stands behind a sum, comes after", arguments: [Activation.gelu, .silu])
    func afterwards(activation: Activation) throws {
        let found = try pass(channels: 16, side: 9, residual: true, then: activation, dtype: .float32)
        let expected = try pass(
            channels: 16, side: 9, residual: true, then: activation, dtype: .float64, fused: false)
        compare(found, expected, .float32, isTiny: false, floats: 5e-6)
    }

    @Test(
        "Far from zero SiLU and hardswish go to 0 on the left and to the input on the right",
        arguments: [Activation.silu, .hardswish])
    func extremes(activation: Activation) throws {
        let values: [Float] = [-3000, -200, -89, -3, 3, 89, 200, 3000]
        let x = try Tensor(values, shape: [1, 1, 2, 4]).contiguous(.channelsLast)
        // The mean is 0: a scale that undoes the deviation gives the activation the numbers themselves.
        let deviation = try x.mul(x).mean([0, 2, 3]).sqrt()
        let y = try x.batchNormAct(
            weight: deviation, bias: .zeros([1]), runningMean: .zeros([1]), runningVar: .ones([1]), momentum: 0.1,
            eps: 1e-5, activation: activation
        ).host().doubles
        for (found, expected) in zip(y, try activation(x).host().doubles) {
            #expect(abs(found - expected) <= 1e-3 * max(1, abs(expected)), "\(found) for \(expected)")
        }
    }

    @Test("In float32 it is no worse than libtorch's separate operators") func separate() throws {
        let exact = try pass(channels: 16, side: 40, residual: true, dtype: .float64, fused: false)
        let fused = try pass(channels: 16, side: 40, residual: true, dtype: .float32)
        let separate = try pass(channels: 16, side: 40, residual: true, dtype: .float32, fused: false)
        for ((one, other), truth) in zip(zip(fused.tensors, separate.tensors), exact.tensors) {
            let (a, b) = (relativeError(one.value, truth.value), relativeError(other.value, truth.value))
            #expect(a <= max(2 * b, 1e-7), "\(one.name): \(a) fused, \(b) separate")
        }
    }

    @Test("A mean far from 0 does not cost the variance its digits", arguments: [16, 20]) func offset(channels: Int)
        throws
    {
        let x = try Formula.tensor(1, [2, channels, 20, 20], scale: 1, offset: 1000, dtype: .float32)
            .contiguous(.channelsLast)
        let (ones, zeros) = (try Tensor.ones([channels]), try Tensor.zeros([channels]))
        let variance = try ones.clone()
        _ = try x.batchNormAct(
            weight: ones, bias: zeros, runningMean: zeros.clone(), runningVar: variance, momentum: 1, eps: 1e-5)
        let exact = try x.to(.float64).contiguous()
        let expected = try Tensor.ones([channels]).to(.float64)
        _ = try exact.batchNorm(
            weight: ones.to(.float64), bias: zeros.to(.float64), runningMean: zeros.to(.float64),
            runningVar: expected, training: true, momentum: 1, eps: 1e-5)
        #expect(try relativeError(variance.to(.float64), expected.host()) < 1e-5)
    }

    @Test("The threads do not show in the bits", arguments: [DType.float32, .bfloat16]) func threads(dtype: DType)
        throws
    {
        for channels in [16, 12] {
            let one = try pass(channels: channels, side: 40, residual: true, dtype: dtype)
            let two = try pass(channels: channels, side: 40, residual: true, dtype: dtype, threads: 2)
            for (a, b) in zip(one.tensors, two.tensors) { #expect(a.value == b.value, "\(a.name)") }
        }
    }

    @Test(
        "Other types and layouts go to the separate operators, bit for bit",
        arguments: [
            (DType.float64, Tensor.MemoryFormat.channelsLast), (.float64, .contiguous), (.bfloat16, .contiguous),
            (.float32, .contiguous),
        ])
    func composed(kind: (dtype: DType, format: Tensor.MemoryFormat)) throws {
        let passes = try [true, false].map {
            try pass(channels: 16, side: 6, residual: true, dtype: kind.dtype, fused: $0, format: kind.format)
        }
        for (a, b) in zip(passes[0].tensors, passes[1].tensors) { #expect(a.value == b.value, "\(a.name)") }
    }

    @Test("A NaN in the input comes out, in its channel alone", arguments: [DType.float32, .bfloat16], [16, 20])
    func notANumber(dtype: DType, channels: Int) throws {
        let x = try Tensor([Float.nan] + Array(repeating: 1, count: 4 * channels - 1), shape: [1, channels, 2, 2])
            .to(dtype).contiguous(.channelsLast)
        let (ones, zeros) = (try Tensor.ones([channels]), try Tensor.zeros([channels]))
        let y = try x.batchNormAct(
            weight: ones, bias: zeros, runningMean: zeros.clone(), runningVar: ones.clone(), momentum: 0.1, eps: 1e-5,
            activation: .relu)
        #expect(try y.host().doubles.prefix(4).allSatisfy(\.isNaN))
        #expect(try y.host().doubles.dropFirst(4).allSatisfy { $0 == 0 })
    }
}
