import LongTail
import TestSupport
import Testing

@testable import LongTailTorch

/// A convolution with batch normalisation folded into it, against the two one after the other in float64.
@Suite(.serialized) struct FoldedConvolutionTests {
    private final class Pair: Module {
        let conv: Conv2d
        let norm: BatchNorm2d

        init(_ input: Int, _ output: Int, kernel: Int, stride: Int, groups: Int) throws {
            var draw = WeightInitializer(seed: 1)
            conv = try Conv2d(
                input, output, kernel: kernel, stride: stride, padding: kernel / 2, groups: groups, &draw)
            norm = try BatchNorm2d(output)
            try Formula.fill(self)
            norm.training = false
        }

        var children: [(name: String, child: ModuleChild)] { [("conv", .module(conv)), ("bn", .module(norm))] }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var input = 16
        var output = 16
        var kernel = 3
        var stride = 1
        var groups = 1
        var side = 9

        var testDescription: String {
            "\(input)→\(output), \(kernel)×\(kernel)/\(stride), \(groups) groups, side \(side)"
        }
    }

    static let cases = [
        Case(), Case(input: 3, output: 12, stride: 2), Case(input: 8, output: 20, kernel: 1, side: 1),
        Case(input: 16, output: 32, groups: 4), Case(input: 3, output: 16, kernel: 7, stride: 2, side: 16),
    ]

    @Test(
        "float32 agrees to 1e-6 and bfloat16 to its rounding; with and without residual and ReLU", arguments: cases,
        [DType.float32, .bfloat16])
    func parity(shape: Case, dtype: DType) throws {
        let pair = try Pair(shape.input, shape.output, kernel: shape.kernel, stride: shape.stride, groups: shape.groups)
        let exact = try Pair(
            shape.input, shape.output, kernel: shape.kernel, stride: shape.stride, groups: shape.groups)
        try exact.convert(to: .float64)
        let images = try Formula.tensor(1, [2, shape.input, shape.side, shape.side], scale: 2).to(.bfloat16)
        let x = try images.to(.float32).contiguous(.channelsLast)
        try withInferenceMode { () throws(LongTailError) in
            let plain = try exact.norm(exact.conv(images.to(.float64)))
            let other = try Formula.tensor(2, plain.shape, scale: 1).to(.bfloat16)
            let expected = [
                plain, try plain.clone().relu_(), try plain.add(other.to(.float64)).relu_(),
            ]
            let found = try pair.folded(in: dtype) { () throws(LongTailError) in
                let residual = try other.to(dtype).contiguous(.channelsLast)
                let found = [
                    try pair.conv(x, normalizedBy: pair.norm), try pair.conv(x, normalizedBy: pair.norm, then: .relu),
                    try pair.conv(x, normalizedBy: pair.norm, adding: residual, then: .relu),
                ]
                #expect(try residual.host() == other.to(dtype).host(), "a residual that others read stays as it is")
                let overwriting = try pair.conv(
                    x, normalizedBy: pair.norm, adding: residual, overwriting: true, then: .relu)
                #expect(try overwriting.host() == found[2].host())
                return found
            }
            for (one, other) in zip(found, expected) {
                #expect(one.dtype == dtype && one.shape == other.shape)
                let error = try relativeError(one.to(.float64).host(), other.host())
                #expect(error < (dtype == .float32 ? 1e-6 : 6e-3), "\(error)")
            }
        }
    }

    @Test("Folding ends with its scope, also after a failure, and weights changed later count") func scope() throws {
        let pair = try Pair(4, 4, kernel: 3, stride: 1, groups: 1)
        let x = try Formula.tensor(1, [1, 4, 5, 5], dtype: .float32)
        try withInferenceMode { () throws(LongTailError) in
            func run() throws(LongTailError) -> HostTensor { try pair.conv(x, normalizedBy: pair.norm).host() }
            let plain = try run()
            func folded() throws(LongTailError) -> HostTensor { try pair.folded(in: .float32, run) }
            let before = try folded()
            #expect(relativeError(before, plain) < 1e-6 && pair.norm.folding == nil)
            try pair.norm.weight.tensor.mul_(2)
            #expect(try relativeError(folded(), before) > 0.1)
            let failure = LongTailError(.engine, "stop")
            let thrown = #expect(throws: LongTailError.self) {
                try pair.folded(in: .float32) { () throws(LongTailError) in throw failure }
            }
            #expect(thrown == failure && pair.norm.folding == nil)
        }
    }

    @Test("Batch statistics are never folded away: they are used and moved") func batchStatistics() throws {
        let (pair, plain) = (
            try Pair(4, 4, kernel: 3, stride: 1, groups: 1), try Pair(4, 4, kernel: 3, stride: 1, groups: 1)
        )
        (pair.norm.training, plain.norm.training) = (true, true)
        let x = try Formula.tensor(1, [2, 4, 5, 5], dtype: .float32)
        let y = try pair.folded(in: .float32) { () throws(LongTailError) in
            try pair.conv(x, normalizedBy: pair.norm, then: .relu)
        }
        #expect(try y.detach().host() == plain.norm(plain.conv(x), then: .relu).detach().host())
        #expect(try pair.norm.runningMean.tensor.host() == plain.norm.runningMean.tensor.host())
        #expect(try pair.norm.numBatchesTracked.tensor.item() == 4)
    }

    @Test("A number that is not finite comes out as without folding: a NaN does not become 0") func notANumber() throws
    {
        let pair = try Pair(4, 4, kernel: 3, stride: 1, groups: 1)
        _ = try withoutGradients { () throws(LongTailError) in try pair.norm.weight.tensor.mul_(.nan) }
        let x = try Formula.tensor(1, [1, 4, 5, 5], dtype: .float32)
        let y = try withInferenceMode { () throws(LongTailError) in
            try pair.folded(in: .float32) { () throws(LongTailError) in
                try pair.conv(x, normalizedBy: pair.norm, then: .relu)
            }
        }
        #expect(try y.host().doubles.allSatisfy(\.isNaN))
    }
}
