import CLongTailArchive
import Foundation
import LongTailBasics

/// Unpacks a `.tar.gz` from a stranger: regular files inside the folder, and nothing else.
enum TarGz {
    /// Unpacks into a folder, which is made once everything in the archive has been looked at.
    ///
    /// - Throws: `.data` for an archive that is damaged, that holds a link or a device, a path that leads out of
    ///   the folder, a file twice, or more than `limit` bytes or `fileLimit` files.
    static func unpack(_ path: String, into folder: String, limit: Int, fileLimit: Int = 10_000) throws(LongTailError) {
        var (names, announced) = (Set<String>(), 0)
        try forEachFile(path) { (_, name, size) throws(LongTailError) in
            guard names.count < fileLimit else { throw refused(path, "more than \(fileLimit) files") }
            guard names.insert(name).inserted else { throw refused(path, "'\(name)' stands twice") }
            announced += min(size, limit + 1)
            guard size >= 0, announced <= limit else { throw refused(path, "more data in it than there should be") }
        }
        guard !names.isEmpty else { throw refused(path, "there is nothing in it") }
        try AtomicFile.makeFolder(folder)
        var budget = limit
        try forEachFile(path) { (reader, name, _) throws(LongTailError) in
            let target = "\(folder)/\(name)"
            // Two names of one file, as where letters' case does not count.
            guard !FileManager.default.fileExists(atPath: target) else { throw refused(path, "'\(name)' stands twice") }
            budget = try copy(reader, to: target, budget: budget, path)
        }
    }

    /// Goes through the files; anything else in the archive but folders is refused.
    private static func forEachFile(
        _ path: String, _ body: (OpaquePointer, _ name: String, _ size: Int) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        guard let reader = archive_read_new() else { throw LongTailError(.file, "\(path): no memory to read it") }
        defer { archive_read_free(reader) }
        archive_read_support_filter_gzip(reader)
        archive_read_support_format_tar(reader)
        guard archive_read_open_filename(reader, path, 1 << 16) == ARCHIVE_OK else { throw damaged(path, reader) }
        var entry: OpaquePointer?
        while true {
            let status = archive_read_next_header(reader, &entry)
            if status == ARCHIVE_EOF { break }
            guard status == ARCHIVE_OK, let entry else { throw damaged(path, reader) }
            let name = archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
            let isFile = archive_entry_filetype(entry) & 0o170000 == 0o100000
            let isFolder = archive_entry_filetype(entry) & 0o170000 == 0o040000
            guard isFile || isFolder, archive_entry_hardlink(entry) == nil else {
                throw refused(path, "'\(name)' is a link or a device")
            }
            guard isInside(name) else { throw refused(path, "'\(name)' leads out of the folder") }
            if isFile { try body(reader, name, Int(archive_entry_size(entry))) }
        }
    }

    /// Copies the entry at hand; returns what is left of the budget.
    private static func copy(
        _ reader: OpaquePointer, to target: String, budget: Int, _ path: String
    ) throws(LongTailError) -> Int {
        var budget = budget
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        try AtomicFile.write(to: target) { (file) throws(LongTailError) in
            while true {
                let count = buffer.withUnsafeMutableBytes { archive_read_data(reader, $0.baseAddress, $0.count) }
                if count == 0 { break }
                guard count > 0 else { throw damaged(path, reader) }
                budget -= count
                guard budget >= 0 else { throw refused(path, "more data in it than there should be") }
                try file.put(Data(buffer[..<count]))
            }
        }
        return budget
    }

    /// Whether a path stays below the folder it is unpacked to.
    static func isInside(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return !name.isEmpty && !name.hasPrefix("/") && !parts.contains("..") && !name.contains("\\")
    }

    private static func damaged(_ path: String, _ reader: OpaquePointer) -> LongTailError {
        let reason = archive_error_string(reader).map { String(cString: $0) } ?? "cannot be read"
        return LongTailError(
            .data, "\(path): damaged archive: \(reason)", remedy: "Delete it, then run the same command again.")
    }

    private static func refused(_ path: String, _ reason: String) -> LongTailError {
        LongTailError(
            .data, "\(path): will not be unpacked: \(reason)",
            remedy: "It is not the archive that it should be; delete it.")
    }
}
