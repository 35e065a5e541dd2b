import Foundation
import LongTail
import TestSupport
import Testing

@testable import LongTailExporting
@testable import LongTailTorch

private typealias Body = (Tensor) throws(LongTailError) -> Tensor

/// Every translation beside libtorch, as outputs of one graph: images N×4×6×6 in, any N.
@Suite struct OperatorTests {
    private static func cases() throws -> [(name: String, body: Body)] {
        let filters = try Formula.tensor(1, [6, 2, 3, 3], dtype: .float32)
        let bias = try Formula.tensor(2, [6], dtype: .float32)
        let channels = try Formula.tensor(3, [1, 4, 1, 1], dtype: .float32)
        let (mean, variance) = (
            try Formula.tensor(4, [4], dtype: .float32),
            try Formula.tensor(5, [4], scale: 0.5, offset: 1, dtype: .float32)
        )
        let matrix = try Formula.tensor(6, [144, 5], dtype: .float32)
        let rows = try Formula.tensor(7, [5, 144], dtype: .float32)
        let index = try Tensor([2, 0])
        var cases: [(name: String, body: Body)] = []
        func add(_ name: String, _ body: @escaping Body) { cases.append((name, body)) }
        add("conv") { (x) throws(LongTailError) in
            try call(
                "aten::conv2d", .tensor(x), .tensor(filters), .tensor(bias), .ints([2, 1]), .ints([1, 0]),
                .ints([1, 2]), .int(2))
        }
        add("norm") { (x) throws(LongTailError) in
            try x.batchNorm(
                weight: variance, bias: mean, runningMean: mean, runningVar: variance, training: false, momentum: 0.1,
                eps: 1e-3)
        }
        add("plainNorm") { (x) throws(LongTailError) in
            try call(
                "aten::batch_norm", .tensor(x), .none, .none, .tensor(mean), .tensor(variance), .bool(false),
                .double(0.1), .double(1e-5), .bool(true))
        }
        add("maxPool") { (x) throws(LongTailError) in
            try call("aten::max_pool2d", .tensor(x), .ints([3, 3]), .ints([2, 2]), .ints([1, 1]))
        }
        add("maxPoolCeiling") { (x) throws(LongTailError) in
            try call("aten::max_pool2d", .tensor(x), .ints([2]), .ints([]), .ints([0]), .ints([2]), .bool(true))
        }
        add("averagePool") { (x) throws(LongTailError) in
            try call("aten::avg_pool2d", .tensor(x), .ints([3, 3]), .ints([2, 2]), .ints([1, 1]))
        }
        add("adaptivePool") { (x) throws(LongTailError) in
            try call("aten::adaptive_avg_pool2d", .tensor(x), .ints([1, 1]))
        }
        add("pooled") { (x) throws(LongTailError) in try x.mean([2, 3]) }
        add("pooledKept") { (x) throws(LongTailError) in try x.mean([-1, -2], keep: true) }
        add("meanOfOne") { (x) throws(LongTailError) in try x.mean([1]) }
        add("sum") { (x) throws(LongTailError) in try x.sum([1, 3], keep: true) }
        add("largest") { (x) throws(LongTailError) in try call("aten::amax", .tensor(x), .ints([1, 2]), .bool(false)) }
        add("logSumExp") { (x) throws(LongTailError) in try call("aten::logsumexp", .tensor(x), .ints([1]), .bool(true))
        }
        add("matmul") { (x) throws(LongTailError) in try x.flatten().matmul(matrix) }
        add("linear") { (x) throws(LongTailError) in try x.reshape([x.size(0), -1]).linear(rows) }
        add("normalized") { (x) throws(LongTailError) in try x.flatten().normalize(1) }
        add("cosine") { (x) throws(LongTailError) in try x.flatten().normalize(1).matmul(matrix.normalize(0)).mul(30) }
        add("softmax") { (x) throws(LongTailError) in try x.softmax(1) }
        add("logSoftmax") { (x) throws(LongTailError) in try x.logSoftmax(-1) }
        add("slice") { (x) throws(LongTailError) in
            try x.slice(2, from: 0, to: x.size(2), step: 2).slice(3, from: 1, to: 5)
        }
        add("wholeSlice") { (x) throws(LongTailError) in try x.slice(0, from: 0, to: x.size(0)).mul(2) }
        add("pad") { (x) throws(LongTailError) in try x.pad([0, 1, 2, 0, 1, 1]) }
        add("padOnes") { (x) throws(LongTailError) in
            try call("aten::constant_pad_nd", .tensor(x), .ints([1, 0]), .double(1))
        }
        add("cat") { (x) throws(LongTailError) in try call("aten::cat", .tensors([x, x.neg()]), .int(-1)) }
        add("stack") { (x) throws(LongTailError) in try call("aten::stack", .tensors([x, x.mul(3)]), .int(-1)) }
        add("transpose") { (x) throws(LongTailError) in try x.transpose(1, -1) }
        add("permute") { (x) throws(LongTailError) in try call("aten::permute", .tensor(x), .ints([0, 2, 3, -3])) }
        add("unsqueezed") { (x) throws(LongTailError) in try x.unsqueeze(1) }
        add("squeezed") { (x) throws(LongTailError) in try x.mean([1], keep: true).squeeze(1) }
        add("selected") { (x) throws(LongTailError) in try x.indexSelect(1, index) }
        add("broadcast") { (x) throws(LongTailError) in try x.mul(channels).add(channels, alpha: -0.5).sub(channels) }
        add("divided") { (x) throws(LongTailError) in try x.div(x.relu().add(1)) }
        add("scalars") { (x) throws(LongTailError) in
            try call("aten::div.Scalar", .tensor(call("aten::sub.Scalar", .tensor(x.add(0.5)), .double(2))), .double(3))
        }
        add("unary") { (x) throws(LongTailError) in
            let a = try call("aten::sigmoid", .tensor(call("aten::tanh", .tensor(x))))
            return try call("aten::log", .tensor(call("aten::sqrt", .tensor(call("aten::exp", .tensor(a))))))
        }
        add("largestFew") { (x) throws(LongTailError) in try x.flatten().topk(7) }
        add("responses") { (x) throws(LongTailError) in
            try x.permute([0, 2, 3, 1]).contiguous().responseNorm(
                weight: channels.reshape([4]), bias: channels.reshape([4]).mul(2))
        }
        add("positive") { (x) throws(LongTailError) in try x.mul(x.gt(0.1).to(like: x)) }
        add("doubles") { (x) throws(LongTailError) in
            try x.flatten().to(.float64).add(0.25).normalize(1).sub(rows.sum([0])).matmul(matrix.to(.float64)).mul(3)
                .to(.float32)
        }
        add("power") { (x) throws(LongTailError) in try call("aten::pow.Tensor_Scalar", .tensor(x), .double(2)) }
        add("clamped") { (x) throws(LongTailError) in
            try call("aten::clamp", .tensor(x), .double(-0.3), .double(0.4))
                .add(call("aten::clamp", .tensor(x), .double(0.1), .double(.infinity)))
        }
        add("extremes") { (x) throws(LongTailError) in
            try call("aten::maximum", .tensor(x), .tensor(channels)).add(
                call("aten::minimum", .tensor(x), .tensor(channels)))
        }
        add("inPlace") { (x) throws(LongTailError) in
            let y = try x.mul(2)
            let z = try y.add(1)
            return try y.relu_().add_(z, alpha: 2).mul_(0.5)
        }
        add("formats") { (x) throws(LongTailError) in try x.contiguous(.channelsLast).to(.float32).clone().detach() }
        add("itself") { (x) throws(LongTailError) in x }
        add("dropout") { (x) throws(LongTailError) in try call("aten::dropout", .tensor(x), .double(0.5), .bool(false))
        }
        return cases
    }

    @Test(
        "Each operator gives libtorch's numbers in ONNX Runtime, for any batch",
        .enabled(if: OnnxRuntime.isThere, OnnxRuntime.reason), arguments: [17, 18, 22])
    func parity(_ opset: Int) throws {
        let cases = try Self.cases()
        var export = ONNXExport()
        (export.opset, export.foldsBatchNorm) = (opset, false)
        let graph = try export.graph(shape: [4, 6, 6], weights: []) { (x) throws(LongTailError) in
            var outputs: [(name: String, tensor: Tensor)] = []
            for (name, body) in cases { outputs.append((name, try body(x))) }
            return outputs
        }
        let batches = try [1, 3, 5].map { try Formula.tensor($0, [$0, 4, 6, 6], dtype: .float32) }
        let answer = try OnnxRuntime.run(graph.onnx(opset: opset, metadata: [], producer: "0"), batches)
        #expect(answer.opset == opset)
        for (batch, outputs) in zip(batches, answer.outputs) {
            for (name, body) in cases {
                let gap = try difference(outputs[name], body(batch))
                #expect(gap < 1e-5, "\(name), batch of \(batch.size(0)): \(gap)")
            }
        }
    }

    /// What is refused, with a word of the message.
    private static func refusals() throws -> [(word: String, body: Body)] {
        let batch = try Tensor.ones([4, 6, 6])
        var cases: [(word: String, body: Body)] = []
        func add(_ word: String, _ body: @escaping Body) { cases.append((word, body)) }
        add("aten::cumsum") { (x) throws(LongTailError) in try call("aten::cumsum", .tensor(x), .int(1)) }
        add("outside") { (x) throws(LongTailError) in try x.mul(Tensor(x.host())) }
        add("second result") { (x) throws(LongTailError) in
            guard
                case .tensor(let places)? = try callAll(
                    "aten::topk", [.tensor(x), .int(2), .int(1), .bool(true), .bool(true)]
                ).last
            else { return x }
            return try x.mul(places.sum().to(.float32))
        }
        add("another path") { (x) throws(LongTailError) in try x.size(0) == 2 ? x.relu() : x.neg() }
        add("view") { (x) throws(LongTailError) in
            let y = try x.mul(2)
            let view = try y.slice(1, from: 0, to: 2)
            try y.relu_()
            return try view.mul(2)
        }
        add("constant tensor in place") { (x) throws(LongTailError) in try x.mul(batch.mul_(2)) }
        add("training") { (x) throws(LongTailError) in
            try x.batchNorm(
                weight: .ones([4]), bias: .zeros([4]), runningMean: .zeros([4]), runningVar: .ones([4]), training: true,
                momentum: 0.1, eps: 1e-5)
        }
        add("depends on the batch") { (x) throws(LongTailError) in try x.mul(Double(x.size(0))) }
        add("element type") { (x) throws(LongTailError) in try x.to(.float64) }
        return cases
    }

    @Test("What a file cannot hold is refused with its reason", arguments: 0..<8) func refused(_ index: Int) throws {
        let cases = try Self.refusals()
        let (word, body) = cases[index]
        let refusal = failure { () throws(LongTailError) in
            _ = try ONNXExport().graph(shape: [4, 6, 6], weights: []) { (x) throws(LongTailError) in
                [("y", try body(x))]
            }
        }
        #expect(refusal?.description.contains(word) == true, "\(word): \(refusal?.description ?? "no failure")")
    }

    @Test("An opset out of range and a model beyond 2 GB are refused") func limits() throws {
        var export = ONNXExport()
        export.opset = 16
        let opset = failure { () throws(LongTailError) in
            _ = try export.graph(shape: [1, 1, 1], weights: []) { (x) throws(LongTailError) in [("y", try x.relu())] }
        }
        #expect(opset?.problem.contains("opset 16") == true)
        var graph = Graph()
        graph.constants["w"] = HostTensor(dtype: .uint8, shape: [1 << 31], bytes: Data(count: 1 << 31))
        let size = failure { () throws(LongTailError) in _ = try graph.onnx(opset: 17, metadata: [], producer: "0") }
        #expect(size?.problem.contains("2048 MiB") == true)
    }
}
