import LongTailBasics
import LongTailSerialization

/// The weighted mean of a stream of state dicts, holding one accumulator in float64 and nothing else.
///
/// With x_k in float64 and weights r_k it is `(r_1 x_1 + r_2 x_2 + ...) / (r_1 + r_2 + ...)`, summed in the order of
/// arrival and rounded once to each tensor's type: with weights of 1 the float64 mean bit for bit. Ratios come after
/// each member and need not add up to 1, so adaptive ratios need no second pass. Of any architecture.
public struct StreamingMean: Sendable {
    /// What becomes of integer tensors.
    public let integers: IntegerRule
    /// What becomes of running statistics.
    public let buffers: BufferPolicy
    /// How many members have been added.
    public private(set) var count = 0
    private var weights = 0.0
    private var tensors: OrderedDictionary<String, MergedTensor> = [:]

    /// Starts an empty mean.
    public init(integers: IntegerRule = .max, buffers: BufferPolicy = .average) {
        (self.integers, self.buffers) = (integers, buffers)
    }

    /// Adds a member; a refused one leaves the mean as it was.
    ///
    /// - Parameters:
    ///   - member: Has the names, shapes and types of the first one, in any order.
    ///   - weight: r_k, at least 0.
    ///   - label: The member's file or number, for messages.
    /// - Throws: `.checkpoint`, naming member and tensor.
    public mutating func add(_ member: StateDict, weight: Double = 1, label: String) throws(LongTailError) {
        guard weight >= 0, weight.isFinite else {
            throw LongTailError(
                .checkpoint, "\(label): its ratio is \(weight)", remedy: "Ratios are numbers of at least 0.")
        }
        if count == 0 {
            for (name, tensor) in member {
                tensors[name] = MergedTensor(tensor, name: name, weight: weight, integers: integers, buffers: buffers)
            }
        } else {
            try check(member, label)
            try checkSums(member, label)
            for index in tensors.values.indices {
                guard let tensor = member[tensors.keys[index]] else { continue }
                _ = tensors.values[index].add(tensor, weight: weight)
            }
        }
        weights += weight
        count += 1
    }

    /// The mean of what has been added.
    ///
    /// - Throws: `.checkpoint` when nothing was added or all weights are 0.
    public func mean() throws(LongTailError) -> StateDict {
        guard count > 0, weights > 0 else {
            throw LongTailError(
                .checkpoint, count == 0 ? "there is nothing to merge" : "all \(count) ratios are 0",
                remedy: "Merge at least one member with a ratio above 0.")
        }
        return tensors.mapValues { $0.merged(total: weights) }
    }

    /// What `mean()` would be with one more member of weight 1, which is not added.
    func mean(with member: StateDict, label: String) throws(LongTailError) -> StateDict {
        if count == 0 {
            var alone = self
            try alone.add(member, label: label)
            return try alone.mean()
        }
        try check(member, label)
        try checkSums(member, label)
        var merged = StateDict(minimumCapacity: tensors.count)
        for (name, accumulator) in tensors {
            guard let tensor = member[name] else { continue }
            var trial = accumulator  // One tensor at a time, never a second accumulator.
            _ = trial.add(tensor, weight: 1)
            merged[name] = trial.merged(total: weights + 1)
        }
        return merged
    }

    private func check(_ member: StateDict, _ label: String) throws(LongTailError) {
        for (name, accumulator) in tensors {
            guard let tensor = member[name] else {
                throw LongTailError(
                    .checkpoint, "\(label): lacks \(name), which the first member has", remedy: Self.same)
            }
            guard tensor.dtype == accumulator.dtype, tensor.shape == accumulator.shape else {
                let expected = "\(accumulator.dtype.rawValue) \(accumulator.shape)"
                throw LongTailError(
                    .checkpoint, "\(label): \(name) is \(tensor.summary), the first member's is \(expected)",
                    remedy: Self.same)
            }
        }
        if let extra = member.keys.first(where: { tensors[$0] == nil }) {
            throw LongTailError(.checkpoint, "\(label): has \(extra), which the first member lacks", remedy: Self.same)
        }
    }

    /// Refuses a member whose integers overflow a sum, before anything is changed.
    private func checkSums(_ member: StateDict, _ label: String) throws(LongTailError) {
        for (name, accumulator) in tensors where accumulator.rule == .sum {
            var trial = accumulator
            guard let tensor = member[name], !trial.add(tensor, weight: 1) else { continue }
            throw LongTailError(
                .checkpoint, "\(label): the sum of \(name) goes beyond 64 bits",
                remedy: "Merge with another rule for integers: \(IntegerRule.max.rawValue).")
        }
    }

    static let same = "Only models of one architecture and one number of classes can be merged."
}

// MARK: - Resuming

extension StreamingMean {
    /// The accumulator as a state dict of `RULE.DTYPE/NAME` tensors beside `count` and `weights`.
    public var snapshot: StateDict {
        var state: StateDict = [
            "count": HostTensor(integers: [count], shape: [], dtype: .int64),
            "weights": HostTensor([weights], shape: [], dtype: .float64),
        ]
        for (name, tensor) in tensors {
            let (key, value) = tensor.snapshot(name)
            state[key] = value
        }
        return state
    }

    /// Goes on where `snapshot` was taken, to the same bits.
    ///
    /// - Throws: `.checkpoint`, naming the key that is missing or not understood.
    public init(
        restoring state: StateDict, integers: IntegerRule = .max, buffers: BufferPolicy = .average
    ) throws(LongTailError) {
        self.init(integers: integers, buffers: buffers)
        guard let count = state["count"]?.integers.first, (0...Int(Int32.max)).contains(count),
            let weights = state["weights"]?.doubles.first
        else {
            throw LongTailError(
                .checkpoint, "a merge under way lacks count or weights", remedy: "Start the merge again.")
        }
        (self.count, self.weights) = (count, weights)
        for (key, tensor) in state where key != "count" && key != "weights" {
            let slash = key.firstIndex(of: "/") ?? key.endIndex
            guard slash < key.endIndex, let restored = MergedTensor(key: key[..<slash], tensor: tensor) else {
                throw LongTailError(
                    .checkpoint, "a merge under way has \(key), which says nothing", remedy: "Start the merge again.")
            }
            tensors[String(key[key.index(after: slash)...])] = restored
        }
    }
}
