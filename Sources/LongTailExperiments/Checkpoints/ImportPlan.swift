import LongTailBasics
import LongTailSerialization
import LongTailVision

/// What loading a state dict into a network would do: four lists, and the loading itself when they allow it.
package struct ImportPlan: Sendable, CustomStringConvertible {
    /// A tensor that a network has: name, sizes and type.
    package typealias Expected = (name: String, shape: [Int], dtype: DType)

    /// A tensor of the right name that does not fit.
    package struct Misfit: Sendable, Equatable {
        package let name: String
        /// Type and shape in the file.
        package let found: String
        /// Type and shape in the network.
        package let expected: String
        /// The shapes.
        let shapes: [[Int]]
    }

    /// Names that fit, in the network's order.
    package let matched: [String]
    /// Names that the network has and the file lacks.
    package let missing: [String]
    /// Names that the file has and the network lacks.
    package let surplus: [String]
    /// Names that both have, with another shape or a type that does not convert.
    package let reshaped: [Misfit]
    /// Counters of batches that a file from before PyTorch 0.4.1 lacks throughout: zero, as PyTorch's loader has it.
    package let supplied: [String]
    private let file: StateDict
    private let types: OrderedDictionary<String, DType>

    /// Compares what a file has with what a network expects.
    ///
    /// Floating-point types convert into each other, and `num_batches_tracked` from floating point to an integer
    /// (the official merging leaves a float there); nothing else does.
    package init(matching file: StateDict, expected: [Expected]) {
        var (matched, missing, reshaped): ([String], [String], [Misfit]) = ([], [], [])
        var (file, supplied) = (file, [String]())
        let hasCounters = file.keys.contains(where: Self.isCounter)
        for (name, shape, dtype) in expected {
            if !hasCounters, Self.isCounter(name), dtype == .int64, shape.isEmpty {
                file[name] = HostTensor(integers: [0], shape: [], dtype: .int64)
                supplied.append(name)
                continue
            }
            guard let tensor = file[name] else {
                missing.append(name)
                continue
            }
            if tensor.shape == shape, Self.converts(tensor.dtype, dtype, name) {
                matched.append(name)
            } else {
                reshaped.append(
                    .init(
                        name: name, found: tensor.summary, expected: "\(dtype.rawValue) \(shape)",
                        shapes: [tensor.shape, shape]))
            }
        }
        let types = OrderedDictionary(expected.map { ($0.name, $0.dtype) }, uniquingKeysWith: { first, _ in first })
        (self.matched, self.missing, self.reshaped) = (matched, missing, reshaped)
        surplus = file.keys.filter { types[$0] == nil }
        self.supplied = supplied
        (self.file, self.types) = (file, types)
    }

    /// Names that stand in one of the lists of what does not fit.
    package var flaws: Int { missing.count + surplus.count + reshaped.count }
    /// Names that the network has.
    var names: some Collection<String> { types.keys }
    /// Tensors of the network.
    package var expected: Int { types.count }
    /// Whether every tensor of both sides has its partner.
    package var isComplete: Bool { flaws == 0 }

    /// The whole dry run, a line a name where something is wrong.
    package var description: String { text(limit: .max) }

    /// The network's state dict, in its order and types.
    ///
    /// - Throws: `.checkpoint` with the four lists unless the plan is complete; never loads a part.
    package func apply() throws(LongTailError) -> StateDict {
        guard isComplete else {
            throw LongTailError(
                .checkpoint,
                problems: ["the weights do not fit the network"]
                    + text(limit: 5).split(separator: "\n").map(String.init),
                remedy: MisfitRemedy.text(self, of: file))
        }
        var state = StateDict(minimumCapacity: types.count)
        for name in types.keys {
            guard let tensor = file[name], let dtype = types[name] else { continue }
            state[name] = tensor.converted(to: dtype)
        }
        return state
    }

    private static func converts(_ found: DType, _ expected: DType, _ name: String) -> Bool {
        found == expected || (found.isFloatingPoint && expected.isFloatingPoint)
            || (found.isFloatingPoint && expected == .int64 && isCounter(name))
    }

    private static func isCounter(_ name: String) -> Bool { name.split(separator: ".").last == "num_batches_tracked" }

    private func text(limit: Int) -> String {
        var lines = [
            "matched \(matched.count), missing \(missing.count), surplus \(surplus.count), reshaped \(reshaped.count)"
        ]
        let misfits = reshaped.map { "\($0.name) (\($0.found) in the file, \($0.expected) in the network)" }
        for (title, names) in [("missing", missing), ("surplus", surplus), ("reshaped", misfits)] {
            lines += names.prefix(limit).map { "\(title): \($0)" }
            if names.count > limit { lines.append("\(title): and \(names.count - limit) more") }
        }
        if !supplied.isEmpty { lines.append("num_batches_tracked: absent throughout, taken as 0 (\(supplied.count))") }
        return lines.joined(separator: "\n")
    }
}

extension HostTensor {
    /// The same values in another type: floating point by rounding to nearest, to an integer as well.
    fileprivate func converted(to type: DType) -> HostTensor {
        if type == dtype { return self }
        let values = doubles
        guard type.isFloatingPoint else {
            return HostTensor(integers: values.map(Int.init(nearest:)), shape: shape, dtype: type)
        }
        return HostTensor(values, shape: shape, dtype: type)
    }
}
