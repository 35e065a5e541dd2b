import Foundation
import LongTailBasics

/// Keeps a second process out of a run; the system lets go of it when the process ends, however it ends.
final class RunLock {
    private let descriptor: Int32

    init(_ layout: RunLayout) throws(LongTailError) {
        let path = layout.lock
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LongTailError(.file, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw LongTailError(
                .usage, "\(layout.folder): another process is using this run",
                remedy: "Wait until it ends, or give this one a run of its own with \(Wording.option("run", "NAME")).")
        }
    }

    deinit { close(descriptor) }
}
