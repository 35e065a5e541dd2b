import Basics
import Foundation

/// JSON as runs write it: sorted keys, so that equal values give equal bytes.
enum RunJSON {
    /// JSON text and a newline; numbers that JSON has not become "nan", "inf", "-inf".
    static func encode(_ value: some Encodable, pretty: Bool = false) throws(Failure) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try encoder.encode(value) + Data("\n".utf8) } catch {
            throw Failure(.file, "cannot be written as JSON: \(error)")
        }
    }

    /// A value from JSON text; nil when it is not one.
    static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try? decoder.decode(type, from: data)
    }
}

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
                    remedy: "Free some space, then go on with --resume.")
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
                remedy: "Wait until it ends, or give this one a run of its own with --run NAME.")
        }
    }

    deinit { close(descriptor) }
}
