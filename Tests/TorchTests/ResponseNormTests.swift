import LongTail
import TestSupport
import Testing

/// Global response normalisation: the fused passes against libtorch's separate operators in float64.
@Suite(.serialized) struct ResponseNormTests {
    /// Output and gradients of `images`×`side`×`side`×`channels` numbers that bfloat16 can hold, the last channel all zero.
    private func pass(
        images: Int = 3, channels: Int, side: Int, dtype: DType, fused: Bool = true, threads: Int = 1
    ) throws -> [(name: String, value: HostTensor)] {
        try Engine.setThreads(threads)
        let shape = [images, side, side, channels]
        let own: DType = dtype == .float64 ? .float64 : .float32
        let alive = try Tensor((0..<channels).map { $0 == channels - 1 ? Float(0) : 1 }, shape: [channels])
        let x = try Formula.tensor(1, shape, scale: 2, offset: 0.3, dtype: .float32).mul(alive).to(.bfloat16).to(dtype)
            .detach()
        let weight = try Formula.tensor(2, [channels], scale: 0.8, dtype: .float32).to(own).detach()
        let bias = try Formula.tensor(3, [channels], scale: 0.5, dtype: .float32).to(own).detach()
        for leaf in [x, weight, bias] { try leaf.setRequiresGrad(true) }
        let y: Tensor
        if fused {
            y = try x.responseNorm(weight: weight, bias: bias)
        } else {
            // The norm over both, one after the other.
            let energy = try x.norm(1, keep: true).norm(2, keep: true)
            let share = try energy.div(energy.mean([-1], keep: true).add(1e-6))
            y = try x.add(x.mul(share).mul(weight)).add(bias)
        }
        try y.mul(Formula.tensor(7, shape, scale: 1).to(.bfloat16).to(dtype)).sum().backward()
        let named: [(String, Tensor?)] = [
            ("y", y), ("x.grad", try x.grad()), ("weight.grad", try weight.grad()), ("bias.grad", try bias.grad()),
        ]
        return try named.map { ($0.0, try #require($0.1).to(.float64).detach().host()) }
    }

    @Test(
        "Value and gradients are those of float64, to the rounding of what they are kept in",
        arguments: [(160, 14), (48, 7), (20, 5), (17, 3), (3, 1), (16, 40)], [DType.float32, .bfloat16])
    func parity(size: (channels: Int, side: Int), dtype: DType) throws {
        let found = try pass(channels: size.channels, side: size.side, dtype: dtype)
        let expected = try pass(channels: size.channels, side: size.side, dtype: .float64, fused: false)
        for (one, other) in zip(found, expected) {
            let isPicture = ["y", "x.grad"].contains(one.name)
            let error = relativeError(one.value, other.value)
            #expect(error < (dtype == .float32 || !isPicture ? 1e-5 : 2.2e-3), "\(one.name): \(error)")
        }
    }

    @Test("float64 goes to the separate operators") func composed() throws {
        let found = try pass(channels: 12, side: 5, dtype: .float64)
        let expected = try pass(channels: 12, side: 5, dtype: .float64, fused: false)
        for (one, other) in zip(found, expected) {
            #expect(relativeError(one.value, other.value) < 1e-13, "\(one.name)")
        }
    }

    @Test("The threads do not show in the bits", arguments: [DType.float32, .bfloat16]) func threads(dtype: DType)
        throws
    {
        let one = try pass(channels: 20, side: 9, dtype: dtype)
        let two = try pass(channels: 20, side: 9, dtype: dtype, threads: 2)
        for (a, b) in zip(one, two) { #expect(a.value == b.value, "\(a.name)") }
    }

    @Test("A NaN in a picture stays in this picture") func notANumber() throws {
        let x = try Tensor([Float.nan] + Array(repeating: 1, count: 2 * 4 * 16 - 1), shape: [2, 2, 2, 16])
        let y = try x.responseNorm(weight: .ones([16]), bias: .zeros([16])).host().doubles
        #expect(y.prefix(64).allSatisfy { $0.isNaN })
        #expect(y.dropFirst(64).allSatisfy { abs($0 - 2) < 1e-5 })
    }
}
