import CLongTailArchive
import Foundation
import LongTailBasics
import LongTailSerialization

/// Text packed by gzip, through libarchive.
package enum Gzip {
    /// Whether bytes begin as gzip's do.
    package static func isPacked(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Packs bytes, without a time or a name: equal bytes give equal files.
    package static func packed(_ bytes: [UInt8]) throws(LongTailError) -> Data {
        // Deflate grows by five bytes a block of what cannot be packed; libarchive writes some bytes more.
        var packed = [UInt8](repeating: 0, count: bytes.count + bytes.count / 256 + 4096)
        let count = packed.withUnsafeMutableBytes { pack(bytes, into: $0) }
        guard let count else { throw LongTailError(.file, "libarchive cannot write gzip") }
        return Data(packed[..<count])
    }

    /// Unpacks a file, whose checksum must hold.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - limit: The most bytes that may come out.
    /// - Throws: A data failure for a file that is damaged, cut short, or larger than the limit.
    package static func unpacked(_ file: FileBytes, limit: Int) throws(LongTailError) -> [UInt8] {
        let packed = try file.all()
        var (bytes, problem) = ([UInt8](), String?.none)
        packed.withUnsafeBytes { problem = unpack($0, limit: limit, into: &bytes) }
        if problem == nil, bytes.count > limit {
            throw LongTailError(
                .data, "\(file.path): unpacks to more than \(limit >> 20) MiB", remedy: "It is not what it should be.")
        }
        if problem == nil, !isWhole(packed, bytes) { problem = "its checksum is wrong" }
        if let problem {
            throw LongTailError(
                .data, "\(file.path): cannot be unpacked: \(excerpt(problem))",
                remedy: "The file is cut short or damaged: copy or download it again.")
        }
        return bytes
    }

    /// Whether checksum and length, the last eight bytes, hold: libarchive compares neither.
    ///
    /// Of several files one behind the other they are the last one's, and are not looked at.
    private static func isWhole(_ packed: [UInt8], _ bytes: [UInt8]) -> Bool {
        guard packed.count >= 18 else { return false }
        let end = packed.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let sum = bytes.withUnsafeBytes(StoredZip.checksum)
        if end == UInt64(truncatingIfNeeded: bytes.count) << 32 | UInt64(sum) { return true }
        return packed.indices.dropFirst().contains {
            packed[$0] == 0x1F && packed[$0...].starts(with: [0x1F, 0x8B, 8]) && $0 + 18 <= packed.count
                && packed[$0 + 3] & 0xE0 == 0
        }
    }

    /// Returns what is wrong; stops behind the limit.
    private static func unpack(_ packed: UnsafeRawBufferPointer, limit: Int, into bytes: inout [UInt8]) -> String? {
        guard let archive = archive_read_new() else { return "there is no memory for libarchive" }
        defer { archive_read_free(archive) }
        func reason() -> String { archive_error_string(archive).map { String(cString: $0) } ?? "it ends too early" }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        var entry: OpaquePointer?
        guard archive_read_open_memory(archive, packed.baseAddress, packed.count) == ARCHIVE_OK else {
            return reason()
        }
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK else { return reason() }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while bytes.count <= limit {
            let count = buffer.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
            guard count > 0 else { return count == 0 ? nil : reason() }
            bytes += buffer[..<count]
        }
        return nil
    }

    /// Returns how many bytes were written; nil where libarchive fails.
    private static func pack(_ bytes: [UInt8], into packed: UnsafeMutableRawBufferPointer) -> Int? {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else { return nil }
        // libarchive counts in it until it is closed.
        let used = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        used.initialize(to: 0)
        defer {
            archive_entry_free(entry)
            archive_write_free(archive)
            used.deallocate()
        }
        archive_entry_set_pathname(entry, "data")
        archive_entry_set_filetype(entry, 0o100000)
        guard archive_write_set_format_raw(archive) == ARCHIVE_OK,
            archive_write_add_filter_gzip(archive) == ARCHIVE_OK,
            archive_write_set_filter_option(archive, "gzip", "timestamp", nil) == ARCHIVE_OK,
            archive_write_open_memory(archive, packed.baseAddress, packed.count, used) == ARCHIVE_OK,
            archive_write_header(archive, entry) == ARCHIVE_OK
        else { return nil }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                archive_write_data(archive, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            guard count > 0 else { return nil }
            done += count
        }
        guard archive_write_close(archive) == ARCHIVE_OK else { return nil }
        return used.pointee
    }
}
