import LongTail
import TestSupport
import Testing

/// Gradients of a convolution of each channel by itself, against libtorch's in float64.
@Suite(.serialized) struct DepthwiseConvolutionTests {
    struct Shape: CustomTestStringConvertible {
        let channels, side, kernel, stride, padding: Int

        var testDescription: String { "\(channels) × \(side)², \(kernel)², stride \(stride), padding \(padding)" }
    }

    static let shapes = [
        Shape(channels: 16, side: 9, kernel: 3, stride: 1, padding: 1),
        Shape(channels: 40, side: 11, kernel: 7, stride: 1, padding: 3),
        Shape(channels: 72, side: 8, kernel: 5, stride: 2, padding: 2),
        Shape(channels: 33, side: 7, kernel: 3, stride: 2, padding: 1),
        Shape(channels: 17, side: 10, kernel: 3, stride: 2, padding: 0),
        Shape(channels: 32, side: 4, kernel: 5, stride: 1, padding: 2),
        Shape(channels: 16, side: 3, kernel: 7, stride: 2, padding: 3),
        Shape(channels: 2, side: 13, kernel: 4, stride: 3, padding: 0),
        Shape(channels: 5, side: 2, kernel: 3, stride: 3, padding: 2),
        Shape(channels: 16, side: 1, kernel: 5, stride: 2, padding: 2),
    ]

    /// Output and gradients of three pictures whose values bfloat16 can hold.
    private func pass(
        _ shape: Shape, _ dtype: DType, bias: Bool = true, threads: Int = 1,
        format: Tensor.MemoryFormat = .channelsLast
    ) throws -> [(name: String, value: HostTensor)] {
        try Engine.setThreads(threads)
        let own: DType = dtype == .float64 ? .float64 : .float32
        func exact(_ k: Int, _ sizes: [Int]) throws -> Tensor { try Formula.tensor(k, sizes, scale: 1).to(.bfloat16) }
        let x = try exact(1, [3, shape.channels, shape.side, shape.side]).to(dtype).contiguous(format).detach()
        let weight = try exact(2, [shape.channels, 1, shape.kernel, shape.kernel]).to(own).detach()
        let shift = bias ? try exact(3, [shape.channels]).to(own).detach() : nil
        let leaves = [x, weight] + (shift.map { [$0] } ?? [])
        for leaf in leaves { try leaf.setRequiresGrad(true) }
        let y = try x.conv2d(
            weight, bias: shift, stride: shape.stride, padding: shape.padding, groups: shape.channels)
        try y.mul(exact(7, y.shape).to(dtype)).sum().backward()
        var named: [(String, Tensor?)] = [("y", y), ("x.grad", try x.grad()), ("weight.grad", try weight.grad())]
        if let shift { named.append(("bias.grad", try shift.grad())) }
        return try named.map { ($0.0, try #require($0.1).to(.float64).detach().host()) }
    }

    @Test(
        "Value and gradients are those of float64, to the rounding of what they are kept in", arguments: shapes,
        [DType.float32, .bfloat16])
    func parity(_ shape: Shape, _ dtype: DType) throws {
        for bias in [true, false] {
            let found = try pass(shape, dtype, bias: bias)
            let expected = try pass(shape, .float64, bias: bias)
            #expect(found.map(\.name) == expected.map(\.name))
            for (one, other) in zip(found, expected) {
                // bfloat16 keeps 8 bits of pictures; filters' gradients are float32.
                let isPicture = ["y", "x.grad"].contains(one.name)
                let error = relativeError(one.value, other.value)
                #expect(error < (dtype == .float32 || !isPicture ? 1e-6 : 2.5e-3), "\(one.name): \(error)")
            }
        }
    }

    @Test("The threads do not show in the bits", arguments: [DType.float32, .bfloat16]) func threads(dtype: DType)
        throws
    {
        for shape in Self.shapes.prefix(4) {
            let (one, two) = (try pass(shape, dtype), try pass(shape, dtype, threads: 2))
            for (a, b) in zip(one, two) { #expect(a.value == b.value, "\(a.name)") }
        }
    }

    @Test("Pictures in another layout go to conv2d, with the same numbers") func contiguous() throws {
        for shape in Self.shapes.prefix(4) {
            let found = try pass(shape, .float32, format: .contiguous)
            for (one, other) in zip(found, try pass(shape, .float64)) {
                #expect(relativeError(one.value, other.value) < 1e-6, "\(one.name)")
            }
        }
    }
}
