import Foundation
import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// A file of weights of any kind that is understood, told apart by its content and not by its name.
public enum ModelFile: Sendable, Equatable {
    /// A safetensors file.
    case safeTensors(SafeTensors)
    /// A file of `torch.save`, in either layout.
    case pyTorch(PyTorchCheckpoint)

    /// Reads a file; one that holds no weights is refused with a word on what it seems to be.
    public static func read(_ path: String) throws(LongTailError) -> ModelFile {
        try self.init(try FileBytes(path: path))
    }

    /// Reads bytes in memory or an opened file.
    package init(_ file: FileBytes) throws(LongTailError) {
        let head = try file.read(at: 0, count: min(file.size, 1024))
        if head.starts(with: [0x50, 0x4B, 3, 4]) || head.prefix(32).range(of: PyTorchCheckpoint.legacyMagic) != nil {
            self = .pyTorch(try PyTorchCheckpoint(file))
        } else if head.count > 8, head[8] == UInt8(ascii: "{") {
            try ShardedWeights.requireWhole(file.path)
            self = .safeTensors(try SafeTensorsReader(file).all())
        } else if let whole = try ShardedWeights.read(file, head: head) {
            self = .safeTensors(whole)
        } else {
            let (what, remedy) = Self.guess(head)
            throw LongTailError(.checkpoint, "\(file.path): is \(what), not a file of weights", remedy: remedy)
        }
    }

    /// The state dicts inside, each with the keys that lead to it; a safetensors file is one with an empty path.
    public var stateDicts: [(path: String, tensors: StateDict)] {
        switch self {
        case .safeTensors(let file): [("", file.tensors)]
        case .pyTorch(let file): file.stateDicts
        }
    }

    /// Numbers beside the state dicts, such as `epoch`; none in a safetensors file, whose metadata is text.
    public var scalars: OrderedDictionary<String, Double> {
        if case .pyTorch(let file) = self { file.scalars } else { [:] }
    }

    private static func guess(_ head: Data) -> (what: String, remedy: String) {
        let text = String(decoding: head, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        if head.isEmpty { return ("empty", "Copy or download it again.") }
        if text.hasPrefix("version https://git-lfs") {
            return ("a Git LFS pointer", "Fetch the file behind it with: git lfs pull.")
        }
        if text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml") {
            return ("a web page", "The download gave a page instead of the file: download it again in a browser.")
        }
        if head.starts(with: [0x1F, 0x8B]) { return ("compressed by gzip", "Unpack it with gunzip first.") }
        if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) {
            return ("a tar archive", "Unpack it with tar and name the checkpoint inside.")
        }
        if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            return ("an HDF5 file", "Convert it to safetensors with the framework that wrote it.")
        }
        if head.first == 0x80 {
            return (
                "a pickle that torch.save did not write", "Load it in Python and save its state_dict with torch.save."
            )
        }
        return ("something unknown", "Known are safetensors and what torch.save writes (.pth, .pth.tar).")
    }
}
