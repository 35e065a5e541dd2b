import Foundation
import LongTailBasics
import LongTailSerialization

/// Turns a machine's cells into a value that stands by itself.
struct PickleTree {
    /// Levels of containers inside each other; a value that contains itself meets this limit too.
    static let depthLimit = 100
    /// Values in the whole tree, shared ones counted wherever they are seen.
    static let nodeLimit = 20_000_000

    private let cells: [PickleCell]
    private let path: String
    private var storages: [String: Data] = [:]
    private var byteBudget: Int
    private var names = 0
    private var done: [Int: Branch] = [:]

    private struct Branch {
        let value: PickleValue
        let nodes: Int
        let height: Int
    }

    /// - Parameter fileSize: Bounds the tensors' bytes: views may show a storage more often than it is stored, but
    ///   not without end.
    init(_ cells: [PickleCell], fileSize: Int, path: String) {
        (self.cells, self.path) = (cells, path)
        byteBudget = 4 * min(fileSize, Int.max / 8) + (16 << 20)
    }

    /// The storages that tensors below `root` look at, by key.
    func storages(below root: Int) throws(LongTailError) -> [String: StorageLayout] {
        var found: [String: StorageLayout] = [:]
        var seen = [Bool](repeating: false, count: cells.count)
        var open = [root]
        while let cell = open.popLast() {
            if seen[cell] { continue }
            seen[cell] = true
            switch cells[cell] {
            case .list(let items), .tuple(let items), .dictionary(let items): open += items
            case .tensor(let tensor):
                let storage = tensor.storage
                guard found.updateValue(storage, forKey: storage.key) ?? storage == storage else {
                    throw failure("storage \(excerpt(storage.key)) is described in two ways")
                }
            default: break
            }
        }
        return found
    }

    /// The value of a cell, its tensors taken from the bytes of their storages.
    mutating func value(of root: Int, storages: [String: Data]) throws(LongTailError) -> PickleValue {
        self.storages = storages
        return try branch(root, depth: 0).value
    }

    private mutating func branch(_ cell: Int, depth: Int) throws(LongTailError) -> Branch {
        let known = done[cell]
        guard depth + (known?.height ?? 0) <= Self.depthLimit else {
            throw failure("is nested more than \(Self.depthLimit) deep, or contains itself")
        }
        if let known { return known }
        var (nodes, height) = (1, 0)
        var children: [PickleValue] = []
        switch cells[cell] {
        case .list(let items), .tuple(let items), .dictionary(let items):
            children.reserveCapacity(items.count)
            for item in items {
                let child = try branch(item, depth: depth + 1)
                children.append(child.value)
                nodes += child.nodes
                height = max(height, child.height + 1)
                guard nodes <= Self.nodeLimit else { throw failure("unfolds to more than \(Self.nodeLimit) values") }
            }
        default: break
        }
        let branch = Branch(value: try value(of: cells[cell], children), nodes: nodes, height: height)
        done[cell] = branch
        return branch
    }

    private mutating func value(of cell: PickleCell, _ children: [PickleValue]) throws(LongTailError) -> PickleValue {
        switch cell {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .longInteger: return .opaque("integer of more than 64 bits")
        case .float(let value): return .float(value)
        case .string(let value): return .string(value)
        case .bytes(let value): return .bytes(Array(value))
        case .list: return .list(children)
        case .tuple: return .tuple(children)
        case .dictionary:
            // One tensor may have many names.
            let limit = SafeTensorsHeader.limit
            for index in stride(from: 0, to: children.count, by: 2) {
                guard case .string(let name) = children[index], case .tensor = children[index + 1] else { continue }
                names += 1
                guard names <= limit.tensors else {
                    throw failure("names more than \(limit.tensors) tensors, as no checkpoint does")
                }
                guard name.utf8.count <= limit.nameBytes else {
                    throw failure("has a tensor with a name of more than \(limit.nameBytes) bytes")
                }
            }
            return .dictionary(
                stride(from: 0, to: children.count, by: 2).map { .init(key: children[$0], value: children[$0 + 1]) })
        case .global: return .opaque("function or class")
        case .numpyType(let type): return .opaque("numpy.dtype \(excerpt(type.code))")
        case .storage: return .opaque("storage without a tensor")
        case .tensor(let layout): return .tensor(try tensor(layout))
        case .opaque(let name): return .opaque(name)
        }
    }

    private mutating func tensor(_ layout: TensorLayout) throws(LongTailError) -> HostTensor {
        guard let bytes = storages[layout.storage.key], bytes.count == layout.storage.byteCount else {
            throw failure("storage \(excerpt(layout.storage.key)) is missing")
        }
        byteBudget -= min(layout.byteCount, byteBudget + 1)
        guard byteBudget >= 0 else {
            throw failure("its tensors unfold to much more than the file holds (expanded views)")
        }
        return try .checked(
            layout.storage.dtype, layout.shape, layout.gather(bytes), name: "in storage \(layout.storage.key)",
            path: path)
    }

    private func failure(_ what: String) -> LongTailError {
        LongTailError(.checkpoint, "\(path): \(what)", remedy: "Save its state_dict again with torch.save.")
    }
}
