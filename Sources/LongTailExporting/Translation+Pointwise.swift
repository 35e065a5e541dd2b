import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

extension Translation {
    /// Elementwise operators; binary ones broadcast alike in both worlds.
    static let pointwise: [String: Translation] = [
        "aten::relu": same("Relu"),
        "aten::sigmoid": same("Sigmoid"),
        "aten::tanh": same("Tanh"),
        "aten::exp": same("Exp"),
        "aten::log": same("Log"),
        "aten::sqrt": same("Sqrt"),
        "aten::neg": same("Neg"),
        "aten::abs": same("Abs"),
        "aten::mul.Tensor": same("Mul", inputs: 2),
        "aten::div.Tensor": same("Div", inputs: 2),
        "aten::maximum": same("Max", inputs: 2),
        "aten::minimum": same("Min", inputs: 2),
        "aten::add.Tensor": Translation(emit: scaled("Add")),
        "aten::sub.Tensor": Translation(emit: scaled("Sub")),
        "aten::add.Scalar": Translation(emit: scalar("Add")),
        "aten::sub.Scalar": Translation(emit: scalar("Sub")),
        "aten::mul.Scalar": Translation(emit: scalar("Mul")),
        "aten::div.Scalar": Translation(emit: scalar("Div")),
        "aten::gt.Scalar": Translation(emit: scalar("Greater")),
        "aten::pow.Tensor_Scalar": Translation(emit: scalar("Pow")),
        "aten::clamp_min": Translation(emit: scalar("Max")),
        "aten::clamp_max": Translation(emit: scalar("Min")),
        "aten::clamp": Translation { (graph, call) throws(LongTailError) in
            let low = try call.double(1, default: -.infinity)
            let high = try call.double(2, default: .infinity)
            var value = try graph.input(call, 0)
            if low > -.infinity { value = graph.node("Max", [value, try graph.constant(low, call)]) }
            if high < .infinity { value = graph.node("Min", [value, try graph.constant(high, call)]) }
            return value
        },
    ]

    /// self ± other × alpha.
    private static func scaled(_ op: String) -> @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String {
        { (graph, call) throws(LongTailError) in
            let alpha = try call.double(2, default: 1)
            var other = try graph.promoted(call, 1)
            if alpha != 1 { other = graph.node("Mul", [other, try graph.constant(alpha, call)]) }
            return graph.node(op, [try graph.promoted(call, 0), other])
        }
    }

    /// self and a number.
    private static func scalar(_ op: String) -> @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String {
        { (graph, call) throws(LongTailError) in
            var number = try call.double(1)
            if op == "Add" || op == "Sub" { number *= try call.double(2, default: 1) }
            // A comparison's result is of another type than its sides.
            let value = op == "Greater" ? try graph.input(call, 0) : try graph.promoted(call, 0)
            return graph.node(op, [value, try graph.constant(number, call)])
        }
    }
}
