import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

/// Makes a graph of a traced model, call by call.
///
/// A reference type, so that translations are plain functions of (builder, operands).
final class GraphBuilder {
    /// What a tensor of the traces is in the graph.
    private enum Value {
        case computed(String)
        /// The same for every batch: a weight, or what was computed from weights alone.
        case constant(first: Tensor, second: Tensor)
    }

    /// The version of ONNX's operators to write.
    let opset: Int
    private var graph = Graph()
    private var values: [Tensor.Identity: Value] = [:]
    private var constantNames: [Tensor.Identity: String] = [:]
    private let weightNames: [Tensor.Identity: String]
    private var counts: [String: Int] = [:]
    /// Storage that tensors share: views of one another have one number.
    private var families: [Tensor.Identity: Int] = [:]
    private var stale = Set<Tensor.Identity>()
    /// Results beside the first, which have no name in the graph.
    private var further = Set<Tensor.Identity>()

    private init(_ opset: Int, _ weights: [(name: String, tensor: Tensor)]) {
        self.opset = opset
        weightNames = Dictionary(weights.map { ($0.tensor.identity, $0.name) }, uniquingKeysWith: { a, _ in a })
    }

    /// The graph of a traced model, whose weights keep their names.
    static func graph(
        of model: TracedModel, input name: String, weights: [(name: String, tensor: Tensor)], opset: Int
    ) throws(LongTailError) -> Graph {
        let builder = GraphBuilder(opset, weights)
        builder.graph.inputs = [.init(name: name, shape: [nil] + model.input.first.shape.dropFirst().map { $0 })]
        builder.values[model.input.first.identity] = .computed(name)
        for call in model.calls { try builder.add(Operands(call.first, call.second)) }
        try builder.finish(model)
        return builder.graph.pruned()
    }

    private func add(_ call: Operands) throws(LongTailError) {
        let (name, isInPlace) = Translation.plainName(call.name)
        for tensor in call.inputs where stale.contains(tensor.first.identity) {
            throw call.refused("reads a view of a tensor that was changed in place meanwhile")
        }
        for tensor in call.inputs where further.contains(tensor.first.identity) {
            throw call.refused("reads an operator's second result")
        }
        // A constant that is spread over the images of a batch is computed, too.
        let isConstant =
            call.inputs.allSatisfy { pair in
                if case .computed? = values[pair.first.identity] { false } else { true }
            } && call.results.allSatisfy { $0.first.shape == $0.second.shape }
        if isConstant {
            guard !isInPlace else { throw call.refused("changes a constant tensor in place") }
            for result in call.results where values[result.first.identity] == nil {
                values[result.first.identity] = .constant(first: result.first, second: result.second)
            }
            return
        }
        guard let translation = Translation.all[name] else {
            throw LongTailError(
                .engine, "\(call.name) has no translation to ONNX",
                remedy: "Export as safetensors, or add the operator to Sources/Exporting/Translation.")
        }
        guard let result = call.results.first?.first else { throw call.refused("gives no tensor") }
        let output = try translation.emit(self, call)
        if isInPlace { makeStale(like: result) }
        if translation.isView, let source = call.inputs.first?.first { join(result, source) }
        values[result.identity] = .computed(output)
        for (other, _) in call.results.dropFirst() where values[other.identity] == nil {
            further.insert(other.identity)
        }
    }

    private func join(_ view: Tensor, _ source: Tensor) {
        let family = families[source.identity] ?? families.count
        families[source.identity] = family
        families[view.identity] = family
    }

    /// A tensor was changed in place: the values of its views are not what the graph says any more.
    private func makeStale(like tensor: Tensor) {
        guard let family = families[tensor.identity] else { return }
        for (other, its) in families where its == family && other != tensor.identity { stale.insert(other) }
    }

    private func finish(_ model: TracedModel) throws(LongTailError) {
        var renamed: [String: String] = [:]
        for (name, first, second) in model.outputs {
            let made = try value(of: (first, second))
            let value = renamed[made] ?? made
            let shape = zip(first.shape, second.shape).map { $0 == $1 ? $0 : nil as Int? }
            let isMade = graph.nodes.contains { $0.output == value } && !graph.outputs.contains { $0.name == value }
            if isMade {
                graph.rename(value, to: name)
                renamed[value] = name
            } else {
                graph.nodes.append(.init(op: "Identity", inputs: [value], output: name))
            }
            graph.outputs.append(.init(name: name, shape: shape))
        }
    }
}

// What translations write with.
extension GraphBuilder {
    /// Names the value of one of a call's results behind the first.
    func setResult(_ call: Operands, _ place: Int, _ value: String) {
        values[call.results[place].first.identity] = .computed(value)
    }

    /// The value of a tensor argument.
    func input(_ call: Operands, _ index: Int) throws(LongTailError) -> String { try value(of: call.tensor(index)) }

    /// The value of a tensor argument in the result's element type, to which PyTorch brings it by itself.
    func promoted(_ call: Operands, _ index: Int) throws(LongTailError) -> String {
        let value = try input(call, index)
        let type = call.results.first?.first.dtype
        if try call.tensor(index).first.dtype == type { return value }
        guard let code = type?.onnx else { throw call.refused("gives elements of a type that ONNX has not") }
        return node("Cast", [value], ["to": .int(code)])
    }

    /// The value of a tensor; a constant of the graph when nothing computed it.
    func value(of pair: (first: Tensor, second: Tensor)) throws(LongTailError) -> String {
        switch values[pair.first.identity] {
        case .computed(let name)?: return name
        case .constant(let first, let second)?: return try constant(first, second)
        case nil: return try constant(pair.first, pair.second)
        }
    }

    private func constant(_ first: Tensor, _ second: Tensor) throws(LongTailError) -> String {
        if let name = constantNames[first.identity] { return name }
        let host = try first.host()
        let isOne = first.identity == second.identity ? true : try second.host() == host
        guard isOne else {
            throw LongTailError(
                .engine, "a tensor of \(first.shape) comes from outside libtorch's operators and depends on the images",
                remedy: "Such a network cannot be exported to ONNX; export it as safetensors.")
        }
        let name = weightNames[first.identity] ?? fresh("constant")
        constantNames[first.identity] = name
        graph.constants[name] = host
        return name
    }

    /// A constant tensor.
    func constant(_ host: HostTensor) -> String {
        if let same = graph.constants.first(where: { $0.value == host && $0.key.hasPrefix("constant_") }) {
            return same.key
        }
        let name = fresh("constant")
        graph.constants[name] = host
        return name
    }

    /// A constant number of the type of a call's first result, or argument when that is a comparison's.
    func constant(_ number: Double, _ call: Operands) throws(LongTailError) -> String {
        let result = call.results.first?.first.dtype
        guard let dtype = result == .bool ? try call.tensor(0).first.dtype : result,
            [.float32, .float64].contains(dtype)
        else {
            throw call.refused("reckons with a number in a type that is not exported")
        }
        return constant(HostTensor([number], shape: [], dtype: dtype))
    }

    /// The number of images of a batch, a list of one.
    func batchSize() -> String {
        node("Shape", [graph.inputs.first?.name ?? ""], ["start": .int(0), "end": .int(1)])
    }

    /// A constant list of whole numbers.
    func constant(_ integers: [Int]) -> String {
        constant(HostTensor(integers: integers, shape: [integers.count], dtype: .int64))
    }

    /// Adds an operator and gives the value that it makes, the first of 1 + `unused`.
    func node(
        _ op: String, _ inputs: [String], _ attributes: OrderedDictionary<String, Graph.Attribute> = [:],
        unused: Int = 0
    ) -> String {
        let output = fresh(op.lowercased())
        graph.nodes.append(.init(op: op, inputs: inputs, output: output, unused: unused, attributes: attributes))
        return output
    }

    private func fresh(_ stem: String) -> String {
        counts[stem, default: 0] += 1
        return "\(stem)_\(counts[stem, default: 0])"
    }
}
