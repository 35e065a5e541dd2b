import LongTailSerialization

extension Graph {
    /// With every batch normalisation that follows a convolution made part of its filters, in double precision.
    ///
    /// γ (W x − μ) / √(σ² + ε) + β = (W γ / √(σ² + ε)) x + (β − μ γ / √(σ² + ε)), per output channel. A convolution
    /// whose result goes elsewhere too, or whose tensors serve twice, keeps its normalisation.
    func foldingBatchNorm() -> Graph {
        var graph = self
        let uses = nodes.reduce(into: [String: Int]()) { uses, node in node.inputs.forEach { uses[$0, default: 0] += 1 }
        }
        let outputs = Set(self.outputs.map(\.name))
        var makers: [String: Int] = [:]
        var folded = Set<Int>()
        for (index, node) in nodes.enumerated() {
            makers[node.output] = index
            guard node.op == "BatchNormalization", let conv = makers[node.inputs[0]], nodes[conv].op == "Conv",
                uses[node.inputs[0]] == 1, !outputs.contains(node.inputs[0]),
                uses[nodes[conv].inputs[1]] == 1, graph.fold(nodes[conv], node, at: conv)
            else { continue }
            folded.insert(index)
        }
        graph.nodes = graph.nodes.enumerated().filter { !folded.contains($0.offset) }.map(\.element)
        return graph.pruned()
    }

    /// Makes a convolution of a convolution and its normalisation; false where tensors are not constants.
    private mutating func fold(_ conv: Node, _ norm: Node, at index: Int) -> Bool {
        let tensors = norm.inputs.dropFirst().compactMap { constants[$0]?.doubles }
        guard tensors.count == 4, case .float(let epsilon)? = norm.attributes["epsilon"],
            let weight = constants[conv.inputs[1]], let channels = weight.shape.first, channels > 0,
            tensors.allSatisfy({ $0.count == channels })
        else { return false }
        let bias = conv.inputs.count > 2 ? constants[conv.inputs[2]]?.doubles : Array(repeating: 0, count: channels)
        guard let bias, bias.count == channels else { return false }
        let scale = (0..<channels).map { tensors[0][$0] / (tensors[3][$0] + epsilon).squareRoot() }
        let size = weight.count / channels
        var filters = weight.doubles
        for position in filters.indices { filters[position] *= scale[position / size] }
        let shift = (0..<channels).map { tensors[1][$0] + (bias[$0] - tensors[2][$0]) * scale[$0] }
        let name = "\(conv.inputs[1]).shift"
        constants[conv.inputs[1]] = HostTensor(filters, shape: weight.shape, dtype: weight.dtype)
        constants[name] = HostTensor(shift, shape: [channels], dtype: weight.dtype)
        nodes[index].inputs = [conv.inputs[0], conv.inputs[1], name]
        nodes[index].output = norm.output
        return true
    }
}
