import Foundation
import LongTailBasics

/// A file that only grows: each line is handed to the system at once, so that a killed process loses none.
final class GrowingFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(LongTailError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LongTailError(
                .file, "cannot write \(path): \(String(cString: strerror(errno)))",
                remedy: "Check its permissions and the space on the disk.")
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
