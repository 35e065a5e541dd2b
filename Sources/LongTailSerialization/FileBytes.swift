import Foundation
import LongTailBasics

/// A file, or bytes in memory under a file's name, read at any place.
///
/// Every read is checked against the size before memory is asked for; a short read is a failure.
package final class FileBytes: Sendable {
    /// Where it lies, for messages.
    package let path: String
    /// Length in bytes when it was opened.
    package let size: Int
    /// The bytes, when they are in memory already.
    package let memory: Data?
    private let descriptor: Int32

    /// Opens a regular file for reading.
    package init(path: String) throws(LongTailError) {
        // Not blocking, so that a named pipe is refused below rather than waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw LongTailError(
                .file, "cannot read \(path): \(String(cString: strerror(errno)))",
                remedy: "Check that it exists and that you may read it.")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw LongTailError(
                .file, "cannot read \(path): it is not a file", remedy: "Name a file, not a folder or a pipe.")
        }
        (self.path, self.descriptor, memory, size) = (path, descriptor, nil, Int(status.st_size))
    }

    /// Takes bytes as if they had been read from a file of that name.
    package init(_ bytes: Data, named path: String) {
        (self.path, descriptor, memory, size) = (path, -1, bytes, bytes.count)
    }

    /// All of a regular file of up to `limit` bytes; nil where there is none or it cannot be read.
    package static func contents(of path: String, limit: Int = 1 << 30) -> Data? {
        guard let file = try? FileBytes(path: path), file.size <= limit else { return nil }
        return try? file.read(at: 0, count: file.size)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Bytes `offset`..<`offset + count`.
    package func read(at offset: Int, count: Int) throws(LongTailError) -> Data {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw LongTailError(
                .checkpoint, "\(path): ends too early: \(size) bytes long, more are announced",
                remedy: "Copy or download the file again.")
        }
        if let memory {
            let start = memory.startIndex + offset
            return Data(memory[start..<start + count])
        }
        var bytes = Data(count: count)
        let failure = bytes.withUnsafeMutableBytes { fill($0, from: offset) }
        if let failure { throw failure }
        return bytes
    }

    /// All of it.
    package func all() throws(LongTailError) -> [UInt8] {
        if let memory { return Array(memory) }
        var failure: LongTailError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            failure = fill(
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]), from: 0)
            count = failure == nil ? size : 0
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads into a buffer, all of it.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) -> LongTailError? {
        var done = 0
        while done < buffer.count {
            let got = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                let reason = got < 0 ? String(cString: strerror(errno)) : "it became shorter while it was read"
                return LongTailError(.file, "cannot read \(path): \(reason)", remedy: "Check the disk and try again.")
            }
            done += got
        }
        return nil
    }
}
