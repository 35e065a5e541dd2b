import LongTailBasics
import LongTailSerialization
import LongTailTorch

extension Translation {
    /// Functions of each element between two layers.
    static let activations: [String: Translation] = [
        "aten::silu": Translation { (graph, call) throws(LongTailError) in
            let x = try graph.input(call, 0)
            return graph.node("Mul", [x, graph.node("Sigmoid", [x])])
        },
        "aten::hardswish": same("HardSwish"),
        "aten::hardsigmoid": Translation { (graph, call) throws(LongTailError) in
            graph.node("HardSigmoid", [try graph.input(call, 0)], ["alpha": .float(1.0 / 6), "beta": .float(0.5)])
        },
        "aten::hardtanh": Translation { (graph, call) throws(LongTailError) in
            let low = graph.node(
                "Max", [try graph.input(call, 0), try graph.constant(call.double(1, default: -1), call)])
            return graph.node("Min", [low, try graph.constant(call.double(2, default: 1), call)])
        },
        "aten::gelu": Translation { (graph, call) throws(LongTailError) in
            let x = try graph.input(call, 0)
            func times(_ value: String, _ number: Double) throws(LongTailError) -> String {
                graph.node("Mul", [value, try graph.constant(number, call)])
            }
            let inner: String
            if call.text(1) == "tanh" {
                // tanh(√(2/π) (x + 0.044715 x³))
                let cube = graph.node("Mul", [graph.node("Mul", [x, x]), x])
                let sum = graph.node("Add", [x, try times(cube, 0.044715)])
                inner = graph.node("Tanh", [try times(sum, (2 / Double.pi).squareRoot())])
            } else {
                inner = graph.node("Erf", [try times(x, 0.5.squareRoot())])
            }
            let share = try times(graph.node("Add", [inner, try graph.constant(1, call)]), 0.5)
            return graph.node("Mul", [x, share])
        },
    ]
}
