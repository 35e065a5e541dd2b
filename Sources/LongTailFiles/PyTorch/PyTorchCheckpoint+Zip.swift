import Foundation
import LongTailBasics
import LongTailSerialization
import OrderedCollections

extension PyTorchCheckpoint {
    /// Reads the zip layout: `NAME/data.pkl`, `NAME/byteorder`, `NAME/data/KEY`; the rest is not looked at.
    static func zip(_ file: FileBytes) throws(LongTailError) -> PyTorchCheckpoint {
        let (folder, pickle) = try index(ZipArchive(file: file))
        var machine = Unpickler(pickle, path: file.path)
        let root = try machine.run()
        var tree = PickleTree(machine.cells, fileSize: file.size, path: file.path)
        let wanted = try tree.storages(below: root)
        let storages = try storages(wanted, in: "\(folder)data/", ZipArchive(file: file))
        return .init(root: try tree.value(of: root, storages: storages), unknownNames: Array(machine.unknownNames))
    }

    /// Finds the folder's name and reads the pickle.
    private static func index(_ archive: ZipArchive) throws(LongTailError) -> (folder: String, pickle: Data) {
        let path = archive.file.path
        var (names, pickle): (OrderedSet<String>, (folder: String, pickle: Data)?) = ([], nil)
        var order = Data("little".utf8)
        var unreadable: LongTailError?
        try archive.forEach { (entry) throws(LongTailError) in
            guard names.count < 2 * SafeTensorsHeader.limit.tensors else {
                throw LongTailError(
                    .checkpoint, "\(path): has more files in it than any checkpoint",
                    remedy: "Save it again with torch.save.")
            }
            guard names.append(entry.name).inserted else {
                throw LongTailError(
                    .checkpoint, "\(path): has \(excerpt(entry.name)) twice",
                    remedy: "Save it again with torch.save.")
            }
            let parts = entry.name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return true }
            // What the archive is as a whole comes first: a program has a pickle too.
            do throws(LongTailError) {
                switch parts[1] {
                case "data.pkl":
                    try check(entry, isFirst: pickle == nil && unreadable == nil, path)
                    pickle = (parts[0] + "/", try entry.read())
                case "byteorder": if entry.size <= 16 { order = try entry.read() }
                default: break
                }
            } catch { unreadable = unreadable ?? error }
            return true
        }
        if let other = otherKind(names, path) { throw other }
        if let unreadable { throw unreadable }
        guard let pickle else {
            throw LongTailError(
                .checkpoint, "\(path): is a zip archive without data.pkl, so torch.save did not write it",
                remedy: "Unpack it and name the checkpoint inside.")
        }
        guard order == Data("little".utf8) else {
            throw LongTailError(
                .checkpoint, "\(path): was written on a big-endian machine",
                remedy: "In Python, load it and save its state_dict again on a little-endian machine.")
        }
        return pickle
    }

    /// Refuses a second pickle, and one that no state dict has.
    private static func check(_ entry: ZipArchive.Entry, isFirst: Bool, _ path: String) throws(LongTailError) {
        guard isFirst else {
            throw LongTailError(
                .checkpoint, "\(path): has more than one pickle", remedy: "Save its state_dict again with torch.save.")
        }
        guard entry.size <= pickleLimit else {
            throw LongTailError(
                .checkpoint,
                "\(path): has a pickle of more than \(pickleLimit >> 20) MiB: its weights lie in it, and not beside it as tensors do",
                remedy: numPyRemedy)
        }
    }

    /// What an archive is that torch.save did not write, by the names in it; nil for one of torch.save.
    private static func otherKind(_ names: OrderedSet<String>, _ path: String) -> LongTailError? {
        if names.contains(where: { $0.hasSuffix("/constants.pkl") }) {
            return LongTailError(
                .checkpoint, "\(path): is a TorchScript archive: a program, not a state dict",
                remedy: "In Python: torch.save(torch.jit.load(\"\(path)\").state_dict(), \"weights.pth\").")
        }
        let endings = [".pth", ".pt", ".tar", ".ckpt", ".safetensors", ".bin"]
        guard !names.contains(where: { $0.hasSuffix("/data.pkl") }),
            let inside = names.first(where: { name in endings.contains(where: name.lowercased().hasSuffix) })
        else { return nil }
        return LongTailError(
            .checkpoint, "\(path): is a zip archive with \(excerpt(inside)) in it",
            remedy: "Unpack it and name the checkpoint inside.")
    }

    /// Reads the storages that are wanted, each exactly as long as the pickle says.
    private static func storages(
        _ wanted: [String: StorageLayout], in folder: String, _ archive: ZipArchive
    ) throws(LongTailError) -> [String: Data] {
        var storages: [String: Data] = [:]
        if wanted.isEmpty { return storages }
        try archive.forEach { (entry) throws(LongTailError) in
            guard entry.name.hasPrefix(folder) else { return true }
            let key = String(entry.name.dropFirst(folder.count))
            guard let layout = wanted[key] else { return true }
            guard entry.size == layout.byteCount else {
                throw LongTailError(
                    .checkpoint,
                    "\(archive.file.path): \(excerpt(entry.name)) has \(entry.size) bytes, the pickle says \(layout.byteCount)",
                    remedy: "The file is damaged: copy or download it again.")
            }
            storages[key] = try entry.read()
            return storages.count < wanted.count
        }
        return storages
    }
}
