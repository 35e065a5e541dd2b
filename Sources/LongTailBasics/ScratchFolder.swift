import Foundation
import Synchronization

/// A folder for what is of use as long as the process lives, which only its user can enter.
///
/// A lock in it lasts as long as the process: what a killed one has left is known by that, and removed by the next that makes one.
public struct ScratchFolder: Sendable {
    /// Where it is.
    public let folder: String
    private let lock: Int32

    /// The folders of this process that are there.
    private static let own = Mutex<Set<String>>([])

    /// Makes one in the system's folder for temporary files.
    public init() throws(LongTailError) {
        Self.sweep()
        let time = UInt64(Date().timeIntervalSince1970 * 1e6)
        folder = NSTemporaryDirectory() + "\(Self.name)-\(getpid())-\(time)"
        guard mkdir(folder, 0o700) == 0 else {
            throw LongTailError(
                .file, "cannot make the folder \(folder): \(String(cString: strerror(errno)))",
                remedy: "TMPDIR names the folder for temporary files.")
        }
        lock = Self.hold(folder + Self.lockName, O_CREAT)
        Self.own.withLock { [folder] in _ = $0.insert(folder) }
    }

    /// Keeps another process's folder as long as this process lives, too, whatever becomes of that one.
    public static func share(_ folder: String) { _ = hold(folder + lockName, 0) }

    /// A lock that others may hold beside this process, and that whoever removes the folder needs alone.
    private static func hold(_ path: String, _ flags: Int32) -> Int32 {
        let lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0o600)
        if lock >= 0 { _ = flock(lock, LOCK_SH | LOCK_NB) }
        return lock
    }

    /// The path of a file in it.
    public func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Whether files can be written into a folder, which is made if it is missing.
    public func canWrite(_ folder: String) -> Bool {
        (try? AtomicFile.check("\(folder)/.probe-\(getpid())")) != nil
    }

    /// Removes it with all that is in it.
    public func remove() {
        try? FileManager.default.removeItem(atPath: folder)
        if lock >= 0 { close(lock) }
        Self.own.withLock { [folder] in _ = $0.remove(folder) }
    }

    /// Removes all of this process, which is about to end.
    public static func removeAll() {
        for folder in own.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: folder) }
    }

    private static let name = "longtail-scratch"
    private static let lockName = "/.lock"

    /// Removes those of this user whose process is no more.
    private static func sweep() {
        let root = NSTemporaryDirectory()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where name.hasPrefix(Self.name) {
            let folder = root + name
            var entry = stat()
            guard lstat(folder, &entry) == 0, entry.st_uid == getuid(), entry.st_mode & S_IFMT == S_IFDIR else {
                continue
            }
            let lock = open(folder + lockName, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: folder) }
            close(lock)
        }
    }
}
