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
            // ONNX Runtime has the norm for float32 alone.
            if try call.tensor(0).first.dtype == .float32 {
                return try reduce("ReduceL2", graph, call, dimensions: 2, keep: 3)
            }
            return graph.node("Sqrt", [try reduce("ReduceSumSquare", graph, call, dimensions: 2, keep: 3)])
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

    /// A reduction whose axes became an input with opset 18.
    private static func reduce(
        _ op: String, _ graph: GraphBuilder, _ call: Operands, dimensions: Int, keep: Int
    ) throws(LongTailError) -> String {
        let axes = try call.dimensions(dimensions)
        var inputs = [try graph.input(call, 0)]
        var attributes: OrderedDictionary<String, Graph.Attribute> = ["keepdims": .int(call.bool(keep) ? 1 : 0)]
        if graph.opset < 18 { attributes["axes"] = .ints(axes) } else { inputs.append(graph.constant(axes)) }
        return graph.node(op, inputs, attributes)
    }
}
