import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// A checkpoint of the field as one flat state dict under the house's names.
public struct ImportedWeights: Sendable, Equatable {
    /// The layout that the file turned out to have.
    package let layout: CheckpointLayout
    /// Tensors under the house's names.
    public let tensors: StateDict
    /// Names that are left out on purpose: a momentum encoder, a queue, a loss's buffers, metrics.
    public let leftOut: [String]
    /// The key of the set that was taken; empty for a file that is one.
    public let key: String
    /// Keys of other sets of weights in the file, such as an average beside what was trained.
    public let others: [String]
    /// Numbers beside the weights: `epoch`, `best_acc1`, `its_ece`.
    public let scalars: OrderedDictionary<String, Double>
    /// The orders of classes that the file states.
    public let classes: [StatedClasses]

    /// Reads a file of any kind and layout that is understood.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - key: Which of several sets of weights: the keys that lead to it, joined by dots; nil for the default.
    public static func read(_ path: String, key: String? = nil) throws(LongTailError) -> ImportedWeights {
        try self.init(try Checkpoint.openFile(path), key: key, path: path)
    }

    /// Brings a file's dictionaries under the house's names.
    ///
    /// `module.` and whatever else all names of the network begin with is taken off.
    /// - Throws: `.checkpoint` when no layout fits or two names become one, `.usage` for a key that is not there.
    public init(_ file: ModelFile, key: String? = nil, path: String) throws(LongTailError) {
        let found = file.stateDicts
        (scalars, classes) = (file.scalars, file.statedClasses)
        let divided = CheckpointLayout.divided.first { layout in
            found.contains { $0.path == layout.rows.first?.dictionary }
        }
        if let divided, key == nil {
            (layout, leftOut, others) = (divided, [], [])
            self.key = divided.rows.first?.dictionary ?? ""
            tensors = try Self.joined(divided, found, path)
            return
        }
        guard let sets = try WeightSets(found, key: key, path: path) else {
            throw Self.unknown(file, found.map(\.path), path)
        }
        let place = try NetworkPlace(
            Self.withHead(sets.taken, found), chosen: sets.taken.prefix, path: path)
        (layout, tensors, leftOut) = (.single(place), place.tensors, place.leftOut)
        (self.key, others) = (sets.taken.key, sets.others)
    }

    /// A network out of several dictionaries.
    private static func joined(
        _ layout: CheckpointLayout, _ found: [(path: String, tensors: StateDict)], _ path: String
    ) throws(LongTailError) -> StateDict {
        var joined: StateDict = [:]
        for row in layout.rows {
            let tensors = found.first { $0.path == row.dictionary }?.tensors ?? [:]
            let prefix = NamePrefix.wrapping(tensors.keys)
            for (name, tensor) in tensors {
                let target = row.target + name.dropFirst(prefix.count)
                guard joined.updateValue(tensor, forKey: target) == nil else {
                    throw LongTailError(
                        .checkpoint, "\(path): two tensors become \(target) (layout \(layout.name))",
                        remedy: "Save one state dict with the names of your network.")
                }
            }
        }
        return joined
    }

    /// A set with the classifier that lies in a dictionary of its own beside it, as `fc` beside `backbone`.
    private static func withHead(_ set: WeightSets.Member, _ found: [(path: String, tensors: StateDict)]) -> StateDict {
        var tensors = set.tensors
        if set.dictionary.isEmpty || !set.prefix.isEmpty { return tensors }
        let above = set.dictionary.split(separator: ".").dropLast().joined(separator: ".")
        for word in NamedGroup.heads {
            let beside = found.first { $0.path == (above.isEmpty ? word : "\(above).\(word)") }?.tensors ?? [:]
            let prefix = NamePrefix.wrapping(beside.keys)
            for (name, tensor) in beside { tensors["\(word).\(name.dropFirst(prefix.count))"] = tensor }
        }
        return tensors
    }

    private static func unknown(_ file: ModelFile, _ found: [String], _ path: String) -> LongTailError {
        guard found.isEmpty, case .pyTorch(let checkpoint) = file else {
            return LongTailError(
                .checkpoint,
                "\(path): has tensors under \(found.prefix(8).map(excerpt).joined(separator: ", ")), and none of these "
                    + "is the one by custom",
                remedy: "Choose one with \(Wording.option("weights-key", "KEY")), or network.weights-key in a recipe.")
        }
        let names = checkpoint.unknownNames.prefix(3).joined(separator: ", ")
        let objects = names.isEmpty ? "" : "; it holds objects of \(names), which are not unpacked"
        let isNumPy = checkpoint.unknownNames.contains { $0.hasPrefix("numpy.") && $0.hasSuffix("_reconstruct") }
        return LongTailError(
            .checkpoint, "\(path): holds no dictionary of tensors\(objects)",
            remedy: isNumPy
                ? PyTorchCheckpoint.numPyRemedy : "In Python, save the model's state_dict() instead of the model.")
    }
}

extension ImportedWeights {
    /// Where the weights were taken from, and what could be taken instead.
    ///
    /// - Parameter way: What chooses another.
    package func choice(by way: String) -> String {
        let name = key.isEmpty ? "the file itself" : excerpt(key)
        guard !others.isEmpty else { return name }
        let more = others.count > 4 ? " and \(others.count - 4) more" : ""
        return
            "\(name), not \(others.prefix(4).map { $0.isEmpty ? "the file itself" : excerpt($0) }.joined(separator: ", "))"
            + "\(more), which \(way) would take"
    }

    /// The names that the file states for a classifier, in the order of its logits; nil when it states none of that number.
    package func statedClasses(of count: Int?) -> StatedClasses? { classes.first { $0.names.count == count } }

    /// What is left out, briefly: the modules with how many tensors each has.
    package var leftOutModules: [String] {
        var counts: OrderedDictionary<String, Int> = [:]
        for name in leftOut {
            let parts = name.split(separator: ".")
            let isDeep = layout.prefix.map { name.hasPrefix($0) && parts.count > 2 } ?? false
            counts[parts.count == 1 ? name : parts.prefix(isDeep ? 2 : 1).joined(separator: ".") + ".*", default: 0] +=
                1
        }
        return counts.map { name, count in name.hasSuffix(".*") ? "\(name) (\(count))" : name }
    }
}
