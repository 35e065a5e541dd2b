import Foundation
import LongTailBasics

/// A file that only grows: each line is handed to the system at once, so that a killed process loses none.
final class GrowingFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                .file, "cannot write \(path): \(String(cString: strerror(errno)))",
                remedy: "Check its permissions and the space on the disk.")
        }
    }

    deinit { close(descriptor) }

    /// Appends bytes in one piece where the system can.
    func append(_ data: Data) throws(Failure) {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Failure(
                    .file, "cannot write \(path): \(String(cString: strerror(errno)))",
                    remedy: "Free some space, then go on with \(Wording.option("resume")).")
            }
            rest = rest.dropFirst(count)
        }
    }
}

/// Keeps a second process out of a run; the system lets go of it when the process ends, however it ends.
final class RunLock {
    private let descriptor: Int32

    init(_ layout: RunLayout) throws(Failure) {
        let path = layout.lock
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                .usage, "\(layout.folder): another process is using this run",
                remedy: "Wait until it ends, or give this one a run of its own with \(Wording.option("run", "NAME")).")
        }
    }

    deinit { close(descriptor) }
}
