import LongTailSerialization
import OrderedCollections

/// A computation in the operators of ONNX: named values, each made once.
package struct Graph: Sendable, Equatable {
    /// A parameter of an operator that is no tensor.
    package enum Attribute: Sendable, Equatable {
        /// A whole number, or a flag as 0 or 1.
        case int(Int)
        /// Whole numbers.
        case ints([Int])
        /// A number, stored as float32.
        case float(Double)
    }

    /// One operator at work.
    package struct Node: Sendable, Equatable {
        /// The operator's name, such as "Conv".
        package var op: String
        /// The values that go in, in the operator's order; empty for an optional one that is left out.
        package var inputs: [String]
        /// The value that comes out.
        package var output: String
        /// Further outputs that the operator must have, and nobody reads.
        package var unused = 0
        /// Its parameters by name.
        package var attributes: OrderedDictionary<String, Attribute> = [:]
    }

    /// A value that goes into or comes out of the graph.
    package struct Port: Sendable, Equatable {
        package var name: String
        /// Its sizes; nil for the batch, which is free.
        package var shape: [Int?]
    }

    /// What goes in.
    package var inputs: [Port] = []
    /// What comes out.
    package var outputs: [Port] = []
    /// The operators, each after those that it needs.
    package var nodes: [Node] = []
    /// The tensors that are part of the model, by name.
    package var constants: OrderedDictionary<String, HostTensor> = [:]

    /// Without the operators and tensors that no output needs.
    func pruned() -> Graph {
        var needed = Set(outputs.map(\.name))
        var kept: [Node] = []
        for node in nodes.reversed() where needed.contains(node.output) {
            kept.append(node)
            needed.formUnion(node.inputs)
        }
        var graph = self
        graph.nodes = kept.reversed()
        graph.constants = constants.filter { needed.contains($0.key) }
        return graph
    }

    /// With a value under another name everywhere.
    mutating func rename(_ old: String, to new: String) {
        for index in nodes.indices {
            if nodes[index].output == old { nodes[index].output = new }
            nodes[index].inputs = nodes[index].inputs.map { $0 == old ? new : $0 }
        }
        for index in outputs.indices where outputs[index].name == old { outputs[index].name = new }
    }
}
