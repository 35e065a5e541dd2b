import LongTailBasics
import LongTailSerialization
import LongTailTorch

extension Translation {
    /// What transformers are made of beside linear maps.
    static let attention: [String: Translation] = [
        "aten::layer_norm": Translation { (graph, call) throws(LongTailError) in
            guard try call.ints(1).count == 1 else { throw call.refused("is over more than the last dimension") }
            return graph.node(
                "LayerNormalization", [try graph.input(call, 0), try graph.input(call, 2), try graph.input(call, 3)],
                ["axis": .int(-1), "epsilon": .float(try call.double(4, default: 1e-5))])
        },
        "aten::scaled_dot_product_attention": Translation { (graph, call) throws(LongTailError) in
            let queries = try call.tensor(0).first
            guard queries.rank == 4, call.optionalTensor(3) == nil, try call.double(4, default: 0) == 0, !call.bool(5)
            else { throw call.refused("has a mask or leaves something out") }
            let scale = try graph.constant(1 / Double(queries.size(3)).squareRoot(), call)
            let keys = graph.node("Transpose", [try graph.input(call, 1)], ["perm": .ints([0, 1, 3, 2])])
            let scores = graph.node("MatMul", [graph.node("Mul", [try graph.input(call, 0), scale]), keys])
            return graph.node("MatMul", [graph.node("Softmax", [scores], ["axis": .int(3)]), try graph.input(call, 2)])
        },
    ]
}
