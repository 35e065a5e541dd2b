import Foundation
import LongTailBasics

/// A file that only grows: each line is handed to the system at once, so that a killed process loses none, and to the disk on
/// request, so that a power loss does not either.
final class GrowingFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(LongTailError) {
        self.path = path
        let isNew = !FileManager.default.fileExists(atPath: path)
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LongTailError(
                .file, "cannot write \(path): \(String(cString: strerror(errno)))",
                remedy: "Check its permissions and the space on the disk.")
        }
        if isNew { AtomicFile.flushFolder(Path(path).folder) }
    }

    /// Waits until all of it is on the disk.
    func flush() throws(LongTailError) {
        guard fsync(descriptor) == 0 else {
            throw LongTailError(
                .file, "cannot flush \(path): \(String(cString: strerror(errno)))", remedy: "Free some space.")
        }
    }

    deinit { close(descriptor) }

    /// Appends bytes in one piece where the system can.
    func append(_ data: Data) throws(LongTailError) {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw LongTailError(
                    .file, "cannot write \(path): \(String(cString: strerror(errno)))",
                    remedy: "Free some space.")
            }
            rest = rest.dropFirst(count)
        }
    }
}
