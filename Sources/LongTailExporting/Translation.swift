import LongTailBasics
import LongTailTorch

/// How one operator of PyTorch is said in ONNX.
struct Translation: Sendable {
    /// Whether the result may share the first argument's storage.
    var isView = false
    /// Adds operators to the graph and gives the value that stands for the call's result.
    let emit: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String

    /// A translation to one operator of the same tensors.
    static func same(_ op: String, inputs: Int = 1) -> Translation {
        Translation { (graph, call) throws(LongTailError) in
            var values: [String] = []
            for index in 0..<inputs { values.append(try graph.promoted(call, index)) }
            return graph.node(op, values)
        }
    }

    /// A translation to nothing: the result is the first argument, elements and shape.
    static let nothing = Translation(isView: true) { (graph, call) throws(LongTailError) in try graph.input(call, 0) }

    /// Every operator that can be exported, by its name without the underscore of "in place".
    static let all: [String: Translation] = [layers, attention, pointwise, activations, shapes, reductions]
        .reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } }

    /// "aten::add_.Tensor" as "aten::add.Tensor", and whether the operator works in place.
    static func plainName(_ name: String) -> (name: String, isInPlace: Bool) {
        let parts = name.split(separator: ".", maxSplits: 1)
        guard let head = parts.first, head.hasSuffix("_"), !head.hasSuffix("__") else { return (name, false) }
        return (([String(head.dropLast())] + parts.dropFirst().map(String.init)).joined(separator: "."), true)
    }
}
