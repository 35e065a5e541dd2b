import Foundation
import LongTailBasics
import LongTailSerialization

/// What the known names mean: each "call" is read as the data that it describes.
extension Unpickler {
    /// The cell of a callee applied to a tuple of arguments.
    mutating func call(_ callee: Int, _ arguments: Int) throws(LongTailError) -> Int {
        if case .opaque(let name) = cells[callee] { return try make(.opaque(name)) }
        guard case .global(let global) = cells[callee], case .tuple(let items) = cells[arguments] else {
            throw failure("calls something that is no function")
        }
        switch global {
        case .rebuildTensor: return try make(try tensor(items))
        case .rebuildParameter:
            guard let data = items.first else { throw failure("a parameter has no tensor") }
            return data
        case .orderedDictionary: return try make(.dictionary(try pairs(items)))
        case .size: return try make(.tuple(try size(items)))
        case .namespace:
            let made = try make(.dictionary([]))
            namespaces.insert(made)
            return made
        case .numpyType:
            guard let first = items.first, case .string(let code) = cells[first] else {
                throw failure("a dtype has no name")
            }
            return try make(.numpyType(NumpyType(code: code)))
        case .numpyScalar: return try make(try scalar(items))
        case .encode: return try make(try encoded(items))
        case .device:
            guard let first = items.first, case .string(let name) = cells[first] else {
                throw failure("a device has no name")
            }
            guard items.count > 1, case .int(let index) = cells[items[1]] else { return try make(.string(name)) }
            return try make(.string("\(name):\(index)"))
        case .storageType, .untypedStorage: throw failure("a storage stands outside the list of storages")
        }
    }

    /// Applies a state to an object: the byte order of a numpy dtype and the values of a namespace matter, the rest is dropped.
    mutating func build(_ target: Int, _ state: Int) throws(LongTailError) {
        if namespaces.contains(target) {
            guard case .dictionary(let entries) = cells[state] else { throw failure("a namespace has no names") }
            try count(entries.count)
            cells[target] = .dictionary(entries)
            return
        }
        guard case .numpyType(var type) = cells[target] else { return }
        guard case .tuple(let items) = cells[state], items.count > 1, case .string(let order) = cells[items[1]] else {
            throw failure("a dtype has no byte order")
        }
        type.isBigEndian = order == ">"
        cells[target] = .numpyType(type)
    }

    /// The storage that a persistent id names: ("storage", type, key, device, count); the device is ignored.
    func storage(_ id: Int) throws(LongTailError) -> PickleCell {
        guard case .tuple(let items) = cells[id], let first = items.first, case .string(let kind) = cells[first] else {
            throw failure("a persistent id is no tuple")
        }
        guard kind == "storage" else { return .opaque("persistent \(excerpt(kind))") }
        guard items.count >= 5, case .string(let key) = cells[items[2]], case .int(let count) = cells[items[4]] else {
            throw failure("a storage lacks its key or its size")
        }
        if items.count > 5 {
            guard case .none = cells[items[5]] else {
                throw failure("storage \(excerpt(key)) is a view on another, as only PyTorch before 0.4 wrote it")
            }
        }
        let dtype: DType
        switch cells[items[1]] {
        case .global(.storageType(let type)): dtype = type
        case .global(.untypedStorage): dtype = .uint8
        case .opaque(let name): return .opaque(name)
        default: throw failure("a storage has no type")
        }
        guard let storage = StorageLayout(key: key, dtype: dtype, count: count) else {
            throw failure("storage \(excerpt(key)) has the size \(count)")
        }
        return .storage(storage)
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, ...)`; what follows the strides does not touch the values.
    private mutating func tensor(_ items: [Int]) throws(LongTailError) -> PickleCell {
        tensors += 1
        guard tensors <= SafeTensorsHeader.limit.tensors else {
            throw failure("holds more than \(SafeTensorsHeader.limit.tensors) tensors, as no checkpoint does")
        }
        guard items.count >= 4 else { throw failure("a tensor lacks its strides") }
        if case .opaque(let name) = cells[items[0]] { return .opaque("tensor of \(name)") }
        guard case .storage(let storage) = cells[items[0]], case .int(let offset) = cells[items[1]],
            let shape = integers(items[2]), let strides = integers(items[3])
        else { throw failure("a tensor lacks storage, offset, size or strides") }
        guard let tensor = TensorLayout(storage: storage, offset: offset, shape: shape, strides: strides) else {
            throw failure(
                "a tensor of size \(shape.prefix(64)) at \(offset) with strides \(strides.prefix(64)) "
                    + "leaves its storage \(excerpt(storage.key)) of \(storage.count) elements")
        }
        return .tensor(tensor)
    }

    private func integers(_ cell: Int) -> [Int]? {
        guard case .tuple(let items) = cells[cell] else { return nil }
        var values: [Int] = []
        for item in items {
            guard case .int(let value) = cells[item] else { return nil }
            values.append(value)
        }
        return values
    }

    /// OrderedDict's arguments: nothing, or (Python 2) a list of pairs.
    private mutating func pairs(_ items: [Int]) throws(LongTailError) -> [Int] {
        guard let first = items.first else { return [] }
        guard case .list(let list) = cells[first] else {
            throw failure("an OrderedDict is made of something else than pairs")
        }
        try count(list.count)
        var entries: [Int] = []
        for item in list {
            switch cells[item] {
            case .tuple(let pair), .list(let pair):
                guard pair.count == 2 else { fallthrough }
                entries += pair
            default: throw failure("an OrderedDict is made of something else than pairs")
            }
        }
        return entries
    }

    private mutating func size(_ items: [Int]) throws(LongTailError) -> [Int] {
        guard let first = items.first else { return [] }
        switch cells[first] {
        case .tuple(let sizes), .list(let sizes):
            try count(sizes.count)
            return sizes
        default: throw failure("a Size is made of something else than numbers")
        }
    }

    private func scalar(_ items: [Int]) throws(LongTailError) -> PickleCell {
        guard items.count == 2 else { throw failure("a numpy scalar lacks its value") }
        if case .numpyType(let type) = cells[items[0]], case .bytes(let data) = cells[items[1]],
            let value = type.scalar(data)
        {
            return value
        }
        return .opaque("numpy scalar")
    }

    private mutating func encoded(_ items: [Int]) throws(LongTailError) -> PickleCell {
        guard items.count == 2, case .string(let text) = cells[items[0]], case .string(let coding) = cells[items[1]],
            coding == "latin1"
        else { throw failure("bytes are spelt in another way than latin1") }
        try count(text.utf8.count / 16)
        var data = Data()
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { throw failure("bytes are not latin1") }
            data.append(byte)
        }
        return .bytes(data)
    }
}
