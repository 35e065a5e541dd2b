import Foundation

/// The one way to write a file: a temporary neighbour, flushed to disk, then renamed over the target.
///
/// A reader sees the old file or the new one, never a half; a full disk leaves the old one.
public enum AtomicFile {
    /// Writes bytes to `path`, making the folders above it.
    public static func write(_ data: Data, to path: String) throws(LongTailError) {
        try write(to: path) { (file) throws(LongTailError) in try file.put(data) }
    }

    /// Writes text as UTF-8 to `path`, making the folders above it.
    public static func write(_ text: String, to path: String) throws(LongTailError) {
        try write(Data(text.utf8), to: path)
    }

    /// The file under way: what `write(to:body:)` hands to its body.
    public struct Pieces {
        fileprivate let descriptor: Int32
        fileprivate let path: String

        /// Appends bytes.
        public func put(_ data: Data) throws(LongTailError) { try AtomicFile.append(data, to: descriptor, path) }

        /// Leaves so many bytes free, for what is known only after the rest: `fill` writes them.
        package func leave(_ count: Int) throws(LongTailError) {
            guard lseek(descriptor, off_t(count), SEEK_CUR) >= 0 else { throw AtomicFile.failure("cannot write", path) }
        }

        /// Writes the file's first bytes, which were left free.
        package func fill(_ data: Data) throws(LongTailError) {
            guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw AtomicFile.failure("cannot write", path) }
            try put(data)
        }

        /// Lets the disk begin with what is there, so that the caller can reckon meanwhile; nothing is promised.
        ///
        /// Linux answers this advice by starting to write; memory is given back only for what is on the disk already.
        package func beginFlushing() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }
    }

    /// Writes in pieces, which `body` puts one after the other.
    public static func write(
        to path: String, body: (Pieces) throws(LongTailError) -> Void
    ) throws(LongTailError) {
        let (temporary, descriptor) = try openNeighbour(of: path)
        do throws(LongTailError) {
            try body(Pieces(descriptor: descriptor, path: path))
            guard fsync(descriptor) == 0 else { throw failure("cannot flush", path) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            let reason =
                errno == EISDIR
                ? LongTailError(.file, "cannot write \(path): it is a folder", remedy: "Name a file in it.")
                : failure("cannot rename into", path)
            unlink(temporary)
            throw reason
        }
        flushFolder(Path(path).folder)
    }

    /// Refuses a path that could not be written, before there is anything to write; folders above it are made.
    ///
    /// For the beginning of what takes long. What is at the path stays.
    public static func check(_ path: String) throws(LongTailError) {
        if Path(path).isFolder {
            throw LongTailError(.file, "cannot write \(path): it is a folder", remedy: "Name a file in it.")
        }
        let (temporary, descriptor) = try openNeighbour(of: path)
        close(descriptor)
        unlink(temporary)
    }

    /// Opens the temporary file beside a path, in a folder that is made if it is missing.
    private static func openNeighbour(of path: String) throws(LongTailError) -> (path: String, descriptor: Int32) {
        let folder = Path(path).folder
        try makeFolder(folder)
        let temporary = "\(folder)/.\(Path(path).name).\(getpid()).part"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot write", path) }
        return (temporary, descriptor)
    }

    /// Makes a folder and those above it.
    public static func makeFolder(_ path: String) throws(LongTailError) {
        var (made, above) = ([String](), path)
        while !above.isEmpty, above != "/", above != ".", !FileManager.default.fileExists(atPath: above) {
            above = Path(above).folder
            made.append(above)
        }
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw LongTailError(
                .file, "cannot make the folder \(path): \(reason(path))",
                remedy: "Check its name, its permissions and the space on the disk.")
        }
        for folder in made { flushFolder(folder) }
    }

    /// Waits until a folder's entries are on the disk; file systems that cannot say so are trusted.
    package static func flushFolder(_ path: String) {
        let directory = open(path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Why a folder cannot be made, in the system's words for the first of those above it that fails.
    private static func reason(_ path: String) -> String {
        var missing = Path(path).absolute
        while missing != "/" {
            if Path(missing).isFile { return "\(missing) is a file" }
            if Path(Path(missing).folder).isFolder { break }
            missing = Path(missing).folder
        }
        if mkdir(missing, 0o755) == 0 {
            rmdir(missing)
            return "the disk refused it for a moment"
        }
        return String(cString: strerror(errno))
    }

    fileprivate static func append(_ data: Data, to descriptor: Int32, _ path: String) throws(LongTailError) {
        var offset = 0
        while offset < data.count {
            let count = data.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("cannot write", path)
            }
            offset += count
        }
    }

    fileprivate static func failure(_ what: String, _ path: String) -> LongTailError {
        let reason = String(cString: strerror(errno))
        let full = errno == ENOSPC || errno == EDQUOT
        return LongTailError(
            .file, "\(what) \(path): \(reason)",
            remedy: full
                ? "Free some space; what was written before is intact."
                : "Check that the folder exists and that you may write there.")
    }
}
