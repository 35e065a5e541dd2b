import Foundation
import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// What a `.pth` or `.pth.tar` file of PyTorch holds: plain values, whichever of the two layouts it has.
public struct PyTorchCheckpoint: Sendable, Equatable {
    /// The saved object.
    public let root: PickleValue
    /// Classes and functions that the file names and that were not made or called; their content is dropped.
    public let unknownNames: [String]

    /// The most bytes that a pickle may take; weights lie outside it.
    static let pickleLimit = 64 << 20

    /// Reads a file written by `torch.save`, as a zip archive (since PyTorch 1.6) or in the legacy layout.
    ///
    /// Nothing in the file can import or call anything. Tensors come as host memory wherever they lay when saved.
    /// - Throws: `.file` when it cannot be read, `.checkpoint` when it is damaged, compressed, big-endian or hostile.
    public static func read(_ path: String) throws(LongTailError) -> PyTorchCheckpoint {
        try self.init(try FileBytes(path: path))
    }

    /// Reads bytes in memory or an opened file.
    package init(_ file: FileBytes) throws(LongTailError) {
        let start = try file.read(at: 0, count: min(4, file.size))
        self = try start.elementsEqual([0x50, 0x4B, 3, 4]) ? Self.zip(file) : Self.legacy(file)
    }

    /// What helps where NumPy's arrays were saved in the place of tensors.
    package static let numPyRemedy =
        "Where they are NumPy's arrays, in Python: torch.save({k: torch.from_numpy(v) for k, v in arrays.items()}, \"weights.pth\")."

    /// Makes a checkpoint of a value, as tests do.
    package init(root: PickleValue, unknownNames: [String] = []) {
        (self.root, self.unknownNames) = (root, unknownNames)
    }

    /// The dictionaries of tensors inside, each with the keys that lead to it: `state_dict_model`, or an empty path
    /// when the file is a plain state dict.
    ///
    /// An element of a list or tuple has its place as a key, from 0. A dictionary counts when all its values are tensors, or when one has more than one element; what is no
    /// tensor or has no text as key is left out. Below keys that are no text (an optimizer's state) none is sought.
    public var stateDicts: [(path: String, tensors: StateDict)] {
        var found: [(path: String, tensors: StateDict)] = []
        Self.collect(root, "", &found)
        return found
    }

    /// The numbers beside the state dicts at the top: `epoch`, `best_acc1`, `its_ece`; tensors of one element too.
    public var scalars: OrderedDictionary<String, Double> {
        guard case .dictionary(let entries) = root else { return [:] }
        if stateDicts.contains(where: { $0.path.isEmpty }) { return [:] }
        var scalars: OrderedDictionary<String, Double> = [:]
        for entry in entries {
            if case .string(let key) = entry.key, let number = entry.value.number { scalars[key] = number }
        }
        return scalars
    }

    private static func collect(
        _ value: PickleValue, _ path: String, _ found: inout [(path: String, tensors: StateDict)]
    ) {
        func below(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
        if case .list(let items) = value { return collect(items, below, &found) }
        if case .tuple(let items) = value { return collect(items, below, &found) }
        guard case .dictionary(let entries) = value else { return }
        var tensors: StateDict = [:]
        for entry in entries {
            if case (.string(let key), .tensor(let tensor)) = (entry.key, entry.value) { tensors[key] = tensor }
        }
        let only = entries.allSatisfy { if case .tensor = $0.value { true } else { false } }
        if !tensors.isEmpty, only || tensors.values.contains(where: { $0.count > 1 }) { found.append((path, tensors)) }
        for entry in entries {
            guard case .string(let key) = entry.key else { continue }
            collect(entry.value, below(key), &found)
        }
    }

    private static func collect(
        _ items: [PickleValue], _ below: (String) -> String, _ found: inout [(path: String, tensors: StateDict)]
    ) {
        for (index, item) in items.enumerated() {
            switch item {
            case .dictionary, .list, .tuple: collect(item, below("\(index)"), &found)
            default: break
            }
        }
    }
}
