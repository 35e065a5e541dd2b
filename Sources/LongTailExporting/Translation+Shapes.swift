import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

extension Translation {
    /// Operators that move elements and change none.
    static let shapes: [String: Translation] = [
        "aten::contiguous": nothing,
        "aten::clone": Translation { (graph, call) throws(LongTailError) in try graph.input(call, 0) },
        "aten::detach": nothing,
        "aten::to.dtype": Translation(isView: true, emit: cast),
        "aten::to.other": Translation(isView: true, emit: cast),
        "aten::flatten.using_ints": Translation(isView: true) { (graph, call) throws(LongTailError) in
            guard try call.dimension(1, default: 0) == 1, try call.dimension(2, default: -1) >= 1,
                try call.resultShape().count == 2
            else { return try reshape(graph, call) }
            return graph.node("Flatten", [try graph.input(call, 0)], ["axis": .int(1)])
        },
        "aten::reshape": Translation(isView: true, emit: reshape),
        "aten::view": Translation(isView: true, emit: reshape),
        "aten::squeeze.dim": Translation(isView: true, emit: reshape),
        "aten::unsqueeze": Translation(isView: true, emit: reshape),
        "aten::transpose.int": Translation(isView: true) { (graph, call) throws(LongTailError) in
            var order = Array(0..<(try call.tensor(0).first.rank))
            order.swapAt(try call.dimension(1), try call.dimension(2))
            return graph.node("Transpose", [try graph.input(call, 0)], ["perm": .ints(order)])
        },
        "aten::permute": Translation(isView: true) { (graph, call) throws(LongTailError) in
            let rank = try call.tensor(0).first.rank
            let order = try call.ints(1).map { $0 < 0 ? $0 + rank : $0 }
            return graph.node("Transpose", [try graph.input(call, 0)], ["perm": .ints(order)])
        },
        "aten::select.int": Translation(isView: true) { (graph, call) throws(LongTailError) in
            let position = HostTensor(integers: [try call.int(2)], shape: [], dtype: .int64)
            return graph.node(
                "Gather", [try graph.input(call, 0), graph.constant(position)], ["axis": .int(try call.dimension(1))])
        },
        "aten::unbind.int": Translation(isView: true) { (graph, call) throws(LongTailError) in
            func part(_ place: Int) throws(LongTailError) -> String {
                let position = HostTensor(integers: [place], shape: [], dtype: .int64)
                return graph.node(
                    "Gather", [try graph.input(call, 0), graph.constant(position)],
                    ["axis": .int(try call.dimension(1))])
            }
            for place in call.results.indices.dropFirst() { graph.setResult(call, place, try part(place)) }
            return try part(0)
        },
        "aten::expand": Translation(isView: true) { (graph, call) throws(LongTailError) in
            let shape = try call.resultShape()
            guard shape.dropFirst().allSatisfy({ $0 != nil }) else {
                throw call.refused("follows the batch in a later size")
            }
            let rest = graph.constant(shape.map { $0 ?? 1 })
            guard shape.first == .some(nil) else { return graph.node("Expand", [try graph.input(call, 0), rest]) }
            let sizes = graph.node(
                "Concat", [graph.batchSize(), graph.constant(shape.dropFirst().map { $0 ?? 1 })], ["axis": .int(0)])
            return graph.node("Expand", [try graph.input(call, 0), sizes])
        },
        "aten::slice.Tensor": Translation(isView: true, emit: slice),
        "aten::constant_pad_nd": Translation(emit: pad),
        "aten::index_select": Translation { (graph, call) throws(LongTailError) in
            graph.node(
                "Gather", [try graph.input(call, 0), try graph.input(call, 2)],
                ["axis": .int(try call.dimension(1))])
        },
        "aten::cat": Translation { (graph, call) throws(LongTailError) in
            var parts: [String] = []
            for tensor in try call.tensors(0) { parts.append(try graph.value(of: tensor)) }
            return graph.node("Concat", parts, ["axis": .int(try axis(call))])
        },
        "aten::stack": Translation { (graph, call) throws(LongTailError) in
            let axis = try axis(call)
            let axes = graph.constant([axis])
            var parts: [String] = []
            for tensor in try call.tensors(0) {
                parts.append(graph.node("Unsqueeze", [try graph.value(of: tensor), axes]))
            }
            return graph.node("Concat", parts, ["axis": .int(axis)])
        },
    ]

    /// To the element type of the result.
    private static let cast: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        try graph.promoted(call, 0)
    }

    /// To the shape of the result, in which one size may follow the batch.
    private static let reshape: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        let shape = try call.resultShape()
        guard shape.count(where: { $0 == nil }) <= 1 else { throw call.refused("has two sizes that follow the batch") }
        return graph.node("Reshape", [try graph.input(call, 0), graph.constant(shape.map { $0 ?? -1 })])
    }

    /// The dimension along which a list of tensors is put together; it counts in the result.
    private static func axis(_ call: Operands) throws(LongTailError) -> Int {
        let given = try call.int(1, default: 0)
        return given < 0 ? given + (try call.resultShape().count) : given
    }

    private static let slice: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        let axis = try call.dimension(1, default: 0)
        // To the end of the batch is to the end, whatever the batch.
        let isWhole = call.numbers(3).map { $0.first != $0.second } ?? false
        if isWhole {
            let (first, second) = try call.tensor(0)
            guard let ends = call.numbers(3), ends.first == first.shape[axis], ends.second == second.shape[axis] else {
                throw call.refused("depends on the size of the batch")
            }
        }
        let end = isWhole ? Int.max : try call.int(3, default: Int.max)
        return graph.node(
            "Slice",
            [
                try graph.input(call, 0), graph.constant([try call.int(2, default: 0)]), graph.constant([end]),
                graph.constant([axis]), graph.constant([try call.int(4, default: 1)]),
            ])
    }

    /// PyTorch lists (before, after) from the last dimension on, ONNX all befores and then all afters from the first.
    private static let pad: @Sendable (GraphBuilder, Operands) throws(LongTailError) -> String = {
        (graph, call) throws(LongTailError) in
        let rank = try call.tensor(0).first.rank
        let amounts = try call.ints(1)
        guard amounts.count % 2 == 0, amounts.count <= 2 * rank else { throw call.refused("pads no dimension") }
        var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for index in 0..<amounts.count / 2 {
            before[rank - 1 - index] = amounts[2 * index]
            after[rank - 1 - index] = amounts[2 * index + 1]
        }
        var inputs = [try graph.input(call, 0), graph.constant(before + after)]
        let value = try call.double(2, default: 0)
        if value != 0 { inputs.append(try graph.constant(value, call)) }
        return graph.node("Pad", inputs)
    }
}
