import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

extension Translation {
    /// torch.nn.functional: convolution, normalisation, pooling, linear maps.
    static let layers: [String: Translation] = [
        "aten::conv2d": Translation(emit: convolution),
        "longtail::depthwise_conv2d": Translation(emit: convolution),
        "aten::batch_norm": Translation(emit: batchNorm),
        "aten::linear": Translation(emit: linear),
        "aten::matmul": same("MatMul", inputs: 2),
        "aten::mm": same("MatMul", inputs: 2),
        "aten::max_pool2d": Translation(emit: maxPool),
        "aten::avg_pool2d": Translation(emit: averagePool),
        "aten::adaptive_avg_pool2d": Translation { (graph, call) throws(LongTailError) in
            guard try call.ints(1) == [1, 1] else { throw call.refused("pools to more than one pixel") }
            return graph.node("GlobalAveragePool", [try graph.input(call, 0)])
        },
        "aten::dropout": Translation { (graph, call) throws(LongTailError) in
            guard !call.bool(2) else { throw call.refused("is in training mode") }
            return try graph.input(call, 0)
        },
    ]

    private static let convolution: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        var inputs = [try graph.input(call, 0), try graph.input(call, 1)]
        if let bias = call.optionalTensor(2) { inputs.append(try graph.value(of: bias)) }
        let padding = try call.pair(4, default: 0)
        return graph.node(
            "Conv", inputs,
            [
                "kernel_shape": .ints(Array(try call.tensor(1).first.shape.dropFirst(2))),
                "strides": .ints(try call.pair(3, default: 1)), "pads": .ints(padding + padding),
                "dilations": .ints(try call.pair(5, default: 1)), "group": .int(try call.int(6, default: 1)),
            ])
    }

    private static let batchNorm: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        guard !call.bool(5) else { throw call.refused("is in training mode") }
        let channels = try call.tensor(3).first.shape
        func orFilled(_ index: Int, _ value: Double) throws(LongTailError) -> String {
            if let tensor = call.optionalTensor(index) { return try graph.value(of: tensor) }
            let filled = Array(repeating: value, count: channels.reduce(1, *))
            return graph.constant(HostTensor(filled, shape: channels, dtype: .float32))
        }
        return graph.node(
            "BatchNormalization",
            [
                try graph.input(call, 0), try orFilled(1, 1), try orFilled(2, 0), try graph.input(call, 3),
                try graph.input(call, 4),
            ], ["epsilon": .float(try call.double(7, default: 1e-5))])
    }

    private static let linear: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        guard try call.tensor(0).first.rank == 2 else {
            let turned = graph.node("Transpose", [try graph.input(call, 1)], ["perm": .ints([1, 0])])
            let product = graph.node("MatMul", [try graph.input(call, 0), turned])
            guard let bias = call.optionalTensor(2) else { return product }
            return graph.node("Add", [product, try graph.value(of: bias)])
        }
        var inputs = [try graph.input(call, 0), try graph.input(call, 1)]
        if let bias = call.optionalTensor(2) { inputs.append(try graph.value(of: bias)) }
        return graph.node("Gemm", inputs, ["transB": .int(1)])
    }

    private static let maxPool: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        let kernel = try call.pair(1)
        let given = try call.ints(2, default: [])
        let padding = try call.pair(3, default: 0)
        return graph.node(
            "MaxPool", [try graph.input(call, 0)],
            [
                "kernel_shape": .ints(kernel), "strides": .ints(given.isEmpty ? kernel : try call.pair(2)),
                "pads": .ints(padding + padding), "dilations": .ints(try call.pair(4, default: 1)),
                "ceil_mode": .int(call.bool(5) ? 1 : 0),
            ])
    }

    private static let averagePool: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        let kernel = try call.pair(1)
        let given = try call.ints(2, default: [])
        let padding = try call.pair(3, default: 0)
        // The two differ in how they count what hangs over the border; with windows that fill the image nothing does.
        let strides = given.isEmpty ? kernel : try call.pair(2)
        let sizes = try call.tensor(0).first.shape.suffix(2)
        let overhangs = zip(sizes, zip(kernel, zip(strides, padding))).contains { size, window in
            (size + 2 * window.1.1 - window.0) % window.1.0 != 0
        }
        guard !(call.bool(4) && overhangs), call.numbers(6) == nil else {
            throw call.refused("has a mode that ONNX has not")
        }
        return graph.node(
            "AveragePool", [try graph.input(call, 0)],
            [
                "kernel_shape": .ints(kernel), "strides": .ints(given.isEmpty ? kernel : try call.pair(2)),
                "pads": .ints(padding + padding), "count_include_pad": .int(call.bool(5, default: true) ? 1 : 0),
            ])
    }
}
