import Foundation
import LongTailBasics
import LongTailSerialization

extension PyTorchCheckpoint {
    /// 0x1950a86a20f9469cfc6c, with which the legacy layout begins, as a pickle spells it.
    static let legacyMagic = Data([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])

    /// Reads the legacy layout: pickles of a magic number, the protocol 1001, the system, the object and the list of
    /// storage keys, then each storage as its element count (8 bytes) and its elements.
    static func legacy(_ file: FileBytes) throws(LongTailError) -> PyTorchCheckpoint {
        let head = try file.read(at: 0, count: min(file.size, pickleLimit))
        var position = try preamble(head, file.path)

        var machine = Unpickler(head, at: position, path: file.path)
        let root = try machine.run()
        var keys = Unpickler(head, at: machine.position, path: file.path)
        let list = try keys.run()
        guard case .list(let cells) = keys.cells[list] else { throw keys.failure("has no list of storages") }
        position = keys.position

        let layouts = try allStorages(machine)
        var tree = PickleTree(machine.cells, fileSize: file.size, path: file.path)
        let wanted = try tree.storages(below: root)
        var storages: [String: Data] = [:]
        for cell in cells {
            guard case .string(let key) = keys.cells[cell], let layout = layouts[key] else {
                throw keys.failure("lists a storage that no tensor has")
            }
            let count = try file.read(at: position, count: 8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let left = file.size - position - 8
            guard count == UInt64(layout.count), layout.byteCount <= left else {
                let problem =
                    count == UInt64(layout.count)
                    ? "ends \(layout.byteCount - left) bytes before the end of storage \(excerpt(key))"
                    : "storage \(excerpt(key)) has \(count) elements, the pickle says \(layout.count)"
                throw LongTailError(
                    .checkpoint, "\(file.path): \(problem)",
                    remedy: "The file is cut short or damaged: copy or download it again.")
            }
            position += 8
            if wanted[key] != nil { storages[key] = try file.read(at: position, count: layout.byteCount) }
            position += layout.byteCount
        }
        guard position == file.size else {
            throw LongTailError(
                .checkpoint, "\(file.path): \(file.size - position) bytes follow the last storage",
                remedy: "The file was appended to or damaged: copy or download it again.")
        }
        return .init(root: try tree.value(of: root, storages: storages), unknownNames: Array(machine.unknownNames))
    }

    /// Reads magic number, protocol and system; returns where the object begins.
    private static func preamble(_ head: Data, _ path: String) throws(LongTailError) -> Int {
        var magic = Unpickler(head, path: path)
        let number = try magic.run()
        guard case .longInteger(legacyMagic) = magic.cells[number] else {
            throw magic.failure("does not begin as torch.save begins")
        }
        var version = Unpickler(head, at: magic.position, path: path)
        let protocolNumber = try version.run()
        guard case .int(1001) = version.cells[protocolNumber] else {
            throw version.failure("is of another version than 1001")
        }
        var system = Unpickler(head, at: version.position, path: path)
        let info = try system.run()
        guard case .dictionary(let entries) = system.cells[info] else {
            throw system.failure("does not name its system")
        }
        for pair in stride(from: 0, to: entries.count, by: 2) {
            guard case .string("little_endian") = system.cells[entries[pair]] else { continue }
            if case .bool(true) = system.cells[entries[pair + 1]] { return system.position }
        }
        throw LongTailError(
            .checkpoint, "\(path): was not written on a little-endian machine",
            remedy: "In Python, load it and save its state_dict again on a little-endian machine.")
    }

    /// Every storage that the pickle names, those of dropped objects too: their bytes have to be stepped over.
    private static func allStorages(_ machine: Unpickler) throws(LongTailError) -> [String: StorageLayout] {
        var found: [String: StorageLayout] = [:]
        for case .storage(let storage) in machine.cells {
            guard found.updateValue(storage, forKey: storage.key) ?? storage == storage else {
                throw machine.failure("storage \(excerpt(storage.key)) is described in two ways")
            }
        }
        return found
    }
}
