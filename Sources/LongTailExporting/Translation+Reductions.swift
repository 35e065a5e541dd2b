import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

extension Translation {
    /// Operators that put many elements together.
    static let reductions: [String: Translation] = [
        "aten::mean.dim": Translation { (graph, call) throws(LongTailError) in
            guard try call.tensor(0).first.rank == 4, try call.dimensions(1) == [2, 3] else {
                return try reduce("ReduceMean", graph, call, dimensions: 1, keep: 2)
            }
            let pooled = graph.node("GlobalAveragePool", [try graph.input(call, 0)])
            return call.bool(2) ? pooled : graph.node("Flatten", [pooled], ["axis": .int(1)])
        },
        "aten::sum.dim_IntList": Translation { (graph, call) throws(LongTailError) in
            let axes = graph.constant(try call.dimensions(1))
            return graph.node(
                "ReduceSum", [try graph.input(call, 0), axes], ["keepdims": .int(call.bool(2) ? 1 : 0)])
        },
        "aten::norm.ScalarOpt_dim": Translation { (graph, call) throws(LongTailError) in
            guard try call.double(1) == 2 else { throw call.refused("is not the Euclidean norm") }
            return try norm(graph, call, try call.dimensions(2), keep: call.bool(3))
        },
        "longtail::response_norm": Translation { (graph, call) throws(LongTailError) in
            let energy = try norm(graph, call, [1, 2], keep: true)
            let mean = reduce("ReduceMean", graph, energy, [3], keep: true)
            let floored = graph.node("Add", [mean, try graph.constant(call.double(3), call)])
            let share = graph.node("Mul", [graph.node("Div", [energy, floored]), try graph.input(call, 1)])
            let factor = graph.node("Add", [share, try graph.constant(1, call)])
            let scaled = graph.node("Mul", [try graph.input(call, 0), factor])
            return graph.node("Add", [scaled, try graph.input(call, 2)])
        },
        "aten::amax": Translation { (graph, call) throws(LongTailError) in
            try reduce("ReduceMax", graph, call, dimensions: 1, keep: 2)
        },
        "aten::logsumexp": Translation { (graph, call) throws(LongTailError) in
            try reduce("ReduceLogSumExp", graph, call, dimensions: 1, keep: 2)
        },
        "aten::softmax.int": Translation { (graph, call) throws(LongTailError) in
            graph.node("Softmax", [try graph.input(call, 0)], ["axis": .int(try call.dimension(1))])
        },
        "aten::log_softmax.int": Translation { (graph, call) throws(LongTailError) in
            graph.node("LogSoftmax", [try graph.input(call, 0)], ["axis": .int(try call.dimension(1))])
        },
        "aten::topk": Translation { (graph, call) throws(LongTailError) in
            graph.node(
                "TopK", [try graph.input(call, 0), graph.constant([try call.int(1)])],
                [
                    "axis": .int(try call.dimension(2, default: -1)),
                    "largest": .int(call.bool(3, default: true) ? 1 : 0),
                    "sorted": .int(call.bool(4, default: true) ? 1 : 0),
                ], unused: 1)
        },
        "aten::argmax": Translation { (graph, call) throws(LongTailError) in
            graph.node(
                "ArgMax", [try graph.input(call, 0)],
                ["axis": .int(try call.dimension(1)), "keepdims": .int(call.bool(2) ? 1 : 0)])
        },
    ]

    /// The Euclidean norm of the first input.
    private static func norm(
        _ graph: GraphBuilder, _ call: Operands, _ axes: [Int], keep: Bool
    ) throws(LongTailError) -> String {
        let x = try graph.input(call, 0)
        // ONNX Runtime has the norm for float32 alone.
        if try call.tensor(0).first.dtype == .float32 { return reduce("ReduceL2", graph, x, axes, keep: keep) }
        return graph.node("Sqrt", [reduce("ReduceSumSquare", graph, x, axes, keep: keep)])
    }

    private static func reduce(
        _ op: String, _ graph: GraphBuilder, _ call: Operands, dimensions: Int, keep: Int
    ) throws(LongTailError) -> String {
        try reduce(op, graph, graph.input(call, 0), call.dimensions(dimensions), keep: call.bool(keep))
    }

    /// A reduction whose axes became an input with opset 18.
    private static func reduce(_ op: String, _ graph: GraphBuilder, _ x: String, _ axes: [Int], keep: Bool) -> String {
        var inputs = [x]
        var attributes: OrderedDictionary<String, Graph.Attribute> = ["keepdims": .int(keep ? 1 : 0)]
        if graph.opset < 18 { attributes["axes"] = .ints(axes) } else { inputs.append(graph.constant(axes)) }
        return graph.node(op, inputs, attributes)
    }
}
