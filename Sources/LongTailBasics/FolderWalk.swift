import Foundation

/// What lies below a folder, of every kind that a file system can hold, with names of any bytes.
///
/// Foundation's listings leave out names that are not UTF-8, and know files and folders alone.
package struct FolderWalk {
    /// One thing in a folder.
    package struct Entry: Sendable {
        /// Its path below the folder that was walked; bytes that are no UTF-8 are replaced.
        package let path: String
        package let kind: Kind
        /// Whether the path's bytes are UTF-8, so that `path` opens it.
        package let isText: Bool

        /// Whether it, or a folder that it lies in, begins with a dot.
        package var isHidden: Bool { path.split(separator: "/").contains { $0.hasPrefix(".") } }
    }

    package enum Kind: Sendable, Equatable {
        case file
        case folder
        /// A link to a folder, which is not followed below the first level.
        case folderLink
        /// A link that leads nowhere, or to itself.
        case deadLink
        /// A pipe, a socket or a device.
        case special
        /// A folder that may not be listed.
        case lockedFolder
    }

    /// What lies in a folder itself, sorted by bytes; links to folders count as folders.
    package static func list(_ folder: String) throws(LongTailError) -> [Entry] {
        guard let names = names(in: folder) else {
            throw LongTailError(.data, "cannot list the folder \(folder)", remedy: "Check that you may read it.")
        }
        return names.map { name in
            let kind = kind(of: name, in: folder)
            return entry(name, "", kind == .folderLink ? .folder : kind)
        }
    }

    /// Everything below a folder, which may be a link to one, sorted by the paths' bytes; folders themselves are left out.
    package static func below(_ folder: String) throws(LongTailError) -> [Entry] {
        guard let names = names(in: folder) else {
            throw LongTailError(.data, "cannot list the folder \(folder)", remedy: "Check that you may read it.")
        }
        var found: [Entry] = []
        // Depth by hand, not by calls: folders may lie in each other as deep as a path can be long.
        var waiting: [(name: [UInt8], path: String, folder: String)] = names.map { ($0, "", folder) }
        while let next = waiting.popLast() {
            let kind = kind(of: next.name, in: next.folder)
            let entry = entry(next.name, next.path, kind)
            guard kind == .folder, entry.isText, entry.path.utf8.count < 4096 else {
                found.append(entry)
                continue
            }
            guard let inside = Self.names(in: "\(folder)/\(entry.path)") else {
                found.append(Entry(path: entry.path, kind: .lockedFolder, isText: true))
                continue
            }
            waiting += inside.map { ($0, entry.path + "/", "\(folder)/\(entry.path)") }
        }
        return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func entry(_ name: [UInt8], _ path: String, _ kind: Kind) -> Entry {
        let text = String(validating: name, as: UTF8.self)
        return Entry(path: path + (text ?? String(decoding: name, as: UTF8.self)), kind: kind, isText: text != nil)
    }

    /// The names in a folder, sorted; nil when it cannot be listed.
    private static func names(in folder: String) -> [[UInt8]]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let next = readdir(stream) {
            // The name may be longer than the tuple that Swift makes of C's array says.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
            let start = (UnsafeRawPointer(next) + offset).assumingMemoryBound(to: CChar.self)
            let name = UnsafeRawBufferPointer(start: start, count: strlen(start))
            if name.elementsEqual([0x2E]) || name.elementsEqual([0x2E, 0x2E]) { continue }
            names.append(Array(name))
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func kind(of name: [UInt8], in folder: String) -> Kind {
        let path = Array(folder.utf8) + [0x2F] + name + [0]
        return path.withUnsafeBytes { bytes -> Kind in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return .special }
            var facts = stat()
            guard lstat(start, &facts) == 0 else { return .special }
            let isLink = facts.st_mode & S_IFMT == S_IFLNK
            if isLink, stat(start, &facts) != 0 { return .deadLink }
            switch facts.st_mode & S_IFMT {
            case S_IFREG: return .file
            case S_IFDIR: return isLink ? .folderLink : .folder
            default: return .special
            }
        }
    }
}
