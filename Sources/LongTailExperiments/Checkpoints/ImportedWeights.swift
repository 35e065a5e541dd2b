import LongTailBasics
import LongTailFiles
import LongTailSerialization

/// A checkpoint of the field as one flat state dict under the house's names.
public struct ImportedWeights: Sendable, Equatable {
    /// The layout that the file turned out to have.
    package let layout: CheckpointLayout
    /// Tensors under the house's names.
    public let tensors: StateDict
    /// Names that are left out on purpose: a momentum encoder, a queue, another state dict beside the one taken.
    public let leftOut: [String]
    /// Numbers beside the weights: `epoch`, `best_acc1`, `its_ece`.
    public let scalars: OrderedDictionary<String, Double>

    /// Reads a file of any kind and layout that is understood.
    public static func read(_ path: String) throws(LongTailError) -> ImportedWeights {
        try self.init(try ModelFile.read(path), path: path)
    }

    /// Brings a file's dictionaries under the house's names.
    ///
    /// `module.` and its like are taken off a dictionary whose every name has them.
    /// - Throws: `.checkpoint` when no layout fits or two names become one.
    public init(_ file: ModelFile, path: String) throws(LongTailError) {
        let found = file.stateDicts
        var dictionaries: [String?: StateDict] = [:]
        for (path, tensors) in found { dictionaries[path] = Self.unwrapped(tensors) }
        let places = CheckpointLayout.places.filter { dictionaries[$0] != nil }
        if let place = places.first { dictionaries[nil] = dictionaries[place] }
        let layout = CheckpointLayout.all.first { layout in
            dictionaries[layout.dictionary]?.keys.contains { $0.hasPrefix(layout.marker) } ?? false
        }
        guard let layout else { throw Self.unknown(file, found.map(\.path), path) }

        var (tensors, leftOut): (StateDict, [String]) = ([:], [])
        for dictionary in OrderedSet(layout.rows.map(\.dictionary)) {
            for (name, tensor) in dictionaries[dictionary] ?? [:] {
                guard let target = layout.target(of: name, in: dictionary) else {
                    leftOut.append(name)
                    continue
                }
                guard tensors.updateValue(tensor, forKey: target) == nil else {
                    throw LongTailError(
                        .checkpoint, "\(path): two tensors become \(target) (layout \(layout.name))",
                        remedy: "Save one state dict with the names of your network.")
                }
            }
        }
        if layout.dictionary == nil { leftOut += places.dropFirst().map { "everything under \($0)" } }
        (self.layout, self.tensors, self.leftOut, scalars) = (layout, tensors, leftOut, file.scalars)
    }

    private static func unwrapped(_ tensors: StateDict) -> StateDict {
        var tensors = tensors
        while !tensors.isEmpty,
            let prefix = CheckpointLayout.wrappers.first(where: { prefix in
                tensors.keys.allSatisfy { $0.hasPrefix(prefix) }
            })
        {
            tensors = StateDict(
                tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value) },
                uniquingKeysWith: { _, last in last })
        }
        return tensors
    }

    private static func unknown(_ file: ModelFile, _ found: [String], _ path: String) -> LongTailError {
        if found.isEmpty, case .pyTorch(let checkpoint) = file {
            let names = checkpoint.unknownNames.prefix(3).joined(separator: ", ")
            let objects = names.isEmpty ? "" : "; it holds objects of \(names), which are not unpacked"
            return LongTailError(
                .checkpoint, "\(path): holds no dictionary of tensors\(objects)",
                remedy: "In Python, save the model's state_dict() instead of the model.")
        }
        let known = CheckpointLayout.all.compactMap(\.dictionary) + CheckpointLayout.places.dropLast()
        return LongTailError(
            .checkpoint,
            "\(path): has tensors under \(found.prefix(8).joined(separator: ", ")), none of which is known",
            remedy: "Weights are looked for under \(known.joined(separator: ", ")), and in the file itself.")
    }
}
