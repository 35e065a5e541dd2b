import CLongTailArchive
import Foundation
import LongTailBasics
import LongTailSerialization

/// The entries of a zip archive in the order they lie in, through libarchive.
///
/// PyTorch's entries are stored (uncompressed) and read whole, so that nothing grows while it is read; compressed ones are
/// read in pieces, of which whoever asks for them bounds the sum.
package struct ZipArchive {
    package let file: FileBytes

    package init(file: FileBytes) { self.file = file }

    /// One entry, while it is being visited.
    package struct Entry {
        package let name: String
        /// Its length unpacked, as the archive announces it.
        package let size: Int
        /// Whether its bytes lie in the file as they are.
        let isStored: Bool
        fileprivate let archive: OpaquePointer
        fileprivate let path: String

        /// The bytes of a stored entry, its checksum verified; only once, inside the visit.
        func read() throws(LongTailError) -> Data {
            guard isStored else {
                throw LongTailError(
                    .checkpoint, "\(path): \(excerpt(name)) is compressed; PyTorch does not write that",
                    remedy: "Save it again with torch.save.")
            }
            let bytes = try next(size)
            try finish()
            return bytes
        }

        /// The next `count` bytes, all of them; only inside the visit.
        package func next(_ count: Int) throws(LongTailError) -> Data {
            var bytes = Data(count: count)
            var done = 0
            while done < count {
                let got = bytes.withUnsafeMutableBytes {
                    archive_read_data(archive, $0.baseAddress?.advanced(by: done), count - done)
                }
                guard got > 0 else { throw broken(archive, path, name) }
                done += got
            }
            return bytes
        }

        /// Verifies that the entry ends here, and its checksum, which is compared when the end is met.
        package func finish() throws(LongTailError) {
            var more: UInt8 = 0
            guard archive_read_data(archive, &more, 1) == 0 else { throw broken(archive, path, name) }
        }
    }

    /// Calls `visit` for each entry until it returns false.
    package func forEach(_ visit: (Entry) throws(LongTailError) -> Bool) throws(LongTailError) {
        guard let archive = archive_read_new() else {
            throw LongTailError(.file, "\(file.path): no memory for libarchive")
        }
        defer { archive_read_free(archive) }
        guard archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK else { throw broken(archive, file.path) }
        if let memory = file.memory {
            // libarchive reads from the pointer for as long as the archive is open.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count, alignment: 1)
            defer { copy.deallocate() }
            copy.copyBytes(from: memory)
            guard archive_read_open_memory(archive, copy.baseAddress, copy.count) == ARCHIVE_OK else {
                throw broken(archive, file.path)
            }
            try walk(archive, visit)
        } else {
            guard archive_read_open_filename(archive, file.path, 1 << 16) == ARCHIVE_OK else {
                throw broken(archive, file.path)
            }
            try walk(archive, visit)
        }
    }

    private func walk(_ archive: OpaquePointer, _ visit: (Entry) throws(LongTailError) -> Bool) throws(LongTailError) {
        var total = 0
        while true {
            var header: OpaquePointer?
            let status = archive_read_next_header(archive, &header)
            if status == ARCHIVE_EOF { return }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let header,
                let name = archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header)
            else { throw broken(archive, file.path) }
            let size = Int(archive_entry_size(header))
            // libarchive names the compression here and nowhere else.
            let isStored = archive_format_name(archive).map { String(cString: $0).hasSuffix("(uncompressed)") } ?? false
            // Entries that share bytes would add up to more than the file; compressed ones may, and are not read.
            guard size >= 0, !isStored || size <= file.size - total else {
                throw LongTailError(
                    .checkpoint, "\(file.path): its entries add up to more bytes than the file has",
                    remedy: "The file is damaged: copy or download it again.")
            }
            if isStored { total += size }
            let entry = Entry(
                name: String(cString: name), size: size, isStored: isStored, archive: archive, path: file.path)
            guard try visit(entry) else { return }
        }
    }
}

/// What libarchive says is wrong with a file.
private func broken(_ archive: OpaquePointer, _ path: String, _ entry: String? = nil) -> LongTailError {
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "it ends too early"
    let place = entry.map { "\(path): \(excerpt($0))" } ?? path
    return LongTailError(
        .checkpoint, "\(place): cannot be read as a zip archive: \(excerpt(reason))",
        remedy: "The file is cut short or damaged: copy or download it again.")
}
