import Foundation
import LongTailBasics
import LongTailFiles

/// Gets data sets: downloads, verifies, unpacks.
package enum Downloads {
    /// Gets an archive into a data folder; what is there already is not fetched again.
    ///
    /// The archive stays as `ROOT/NAME.tar.gz`, with its SHA-256 beside it in `NAME.tar.gz.sha256`. An interrupted
    /// download stays as `NAME.tar.gz.part` and is gone on with; the data set's folder appears whole or not at all.
    ///
    /// - Parameters:
    ///   - archive: Which one.
    ///   - root: The data folder.
    ///   - progress: Told bytes done and bytes in all, every now and then.
    ///   - say: Told what is being done, in lines.
    /// - Returns: The data set's folder.
    /// - Throws: `.network` without a network, on HTTP errors and broken connections; `.data` for a wrong digest or
    ///   an archive that is not what it should be; `.file` for the disk.
    @discardableResult package static func get(
        _ archive: DataArchive, into root: String, progress: (Int, Int?) -> Void = { _, _ in },
        say: (String) -> Void = { _ in }
    ) throws(LongTailError) -> String {
        let folder = "\(root)/\(archive.folder)"
        if isWhole(archive, folder) {
            say("\(archive.name) is there: \(folder)")
            return folder
        }
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw LongTailError(
                .data, "\(folder) is there, but not whole", remedy: "Move it away, then run the same command again.")
        }
        try AtomicFile.makeFolder(root)
        let file = "\(root)/\(archive.fileName)"
        if !FileManager.default.fileExists(atPath: file) {
            say("downloading \(archive.url)")
            try download(archive, to: file, progress, say)
        } else {
            say("using \(file)")
            let digest = try ContentHash.ofFile(file)
            guard digest.md5 == archive.md5 else {
                throw wrongDigest(file, archive, digest.md5, "Delete it, then run the same command again.")
            }
            try record(digest.sha256, of: file)
        }
        say("unpacking \(file)")
        let temporary = "\(root)/.\(archive.folder).\(getpid()).part"
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        try TarGz.unpack(file, into: temporary, limit: archive.unpackedLimit)
        guard isWhole(archive, "\(temporary)/\(archive.folder)") else {
            throw LongTailError(
                .data, "\(file): does not hold \(archive.folder) with \(archive.files.joined(separator: ", "))",
                remedy: "Delete it, then run the same command again.")
        }
        guard rename("\(temporary)/\(archive.folder)", folder) == 0 else {
            throw LongTailError(.file, "cannot rename into \(folder): \(String(cString: strerror(errno)))")
        }
        say("\(archive.name) is there: \(folder)")
        return folder
    }

    private static func isWhole(_ archive: DataArchive, _ folder: String) -> Bool {
        archive.files.allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    }

    private static func download(
        _ archive: DataArchive, to file: String, _ progress: (Int, Int?) -> Void, _ say: (String) -> Void
    ) throws(LongTailError) {
        let part = file + ".part"
        let wasThere = FileManager.default.fileExists(atPath: part)
        try Download.fetch(archive.url, to: part, progress)
        var digest = try ContentHash.ofFile(part)
        if digest.md5 != archive.md5, wasThere {
            // The old beginning may be of another file; one fresh try decides.
            say("the resumed download has a wrong digest; downloading anew")
            try? FileManager.default.removeItem(atPath: part)
            try Download.fetch(archive.url, to: part, progress)
            digest = try ContentHash.ofFile(part)
        }
        guard digest.md5 == archive.md5 else {
            try? FileManager.default.removeItem(atPath: part)
            throw wrongDigest(
                archive.url, archive, digest.md5, "Nothing was kept. Try again later or from another network.")
        }
        try record(digest.sha256, of: file)
        guard rename(part, file) == 0 else {
            throw LongTailError(.file, "cannot rename into \(file): \(String(cString: strerror(errno)))")
        }
    }

    /// Writes the SHA-256 in the form that `sha256sum --check` reads.
    private static func record(_ sha256: String, of file: String) throws(LongTailError) {
        let name = Path(file).name
        try AtomicFile.write("\(sha256)  \(name)\n", to: file + ".sha256")
    }

    private static func wrongDigest(
        _ place: String, _ archive: DataArchive, _ found: String, _ remedy: String
    ) -> LongTailError {
        LongTailError(.data, "\(place): wrong MD5: \(found), published \(archive.md5)", remedy: remedy)
    }
}
