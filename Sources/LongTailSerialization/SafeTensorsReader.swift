import Foundation
import LongTailBasics
import OrderedCollections

/// A safetensors file that is open for reading: its header at once, each tensor when asked for.
///
/// Strict: whatever the format's description forbids is refused before any tensor is read.
public struct SafeTensorsReader: Sendable {
    /// Names, types, shapes and text.
    public let header: SafeTensorsHeader
    private let file: FileBytes
    private let dataStart: Int

    /// The longest header that is read, in bytes, as in the reference implementation.
    static let headerLimit = 100_000_000

    /// Opens a file and checks all of its header against the file's size.
    public init(_ path: String) throws(LongTailError) { try self.init(try FileBytes(path: path)) }

    /// Reads from bytes in memory or an opened file.
    package init(_ file: FileBytes) throws(LongTailError) {
        guard file.size >= 8 else {
            throw LongTailError(
                .checkpoint, "\(file.path): \(file.size) bytes are too few for a safetensors file",
                remedy: "Copy or download the file again.")
        }
        let length = try file.read(at: 0, count: 8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.headerLimit) else {
            throw LongTailError(
                .checkpoint, "\(file.path): announces a header of \(length) bytes, more than \(Self.headerLimit)",
                remedy: "It is probably not a safetensors file, or is damaged: copy or download it again.")
        }
        guard Int(length) <= file.size - 8 else {
            throw LongTailError(
                .checkpoint, "\(file.path): announces a header of \(length) bytes, the file has \(file.size)",
                remedy: "The file is cut short: copy or download it again.")
        }
        self.file = file
        dataStart = 8 + Int(length)
        header = try SafeTensorsScanner.header(try file.read(at: 8, count: Int(length)), path: file.path)
        try header.checkTiling(dataSize: file.size - dataStart, path: file.path)
    }

    /// Reads one tensor.
    public func tensor(_ name: String) throws(LongTailError) -> HostTensor {
        guard let entry = header.entries[name] else {
            let near = nearest(name, among: header.entries.keys).map { " Did you mean \(excerpt($0))?" } ?? ""
            throw LongTailError(
                .checkpoint, "\(file.path): has no tensor \(name)",
                remedy: "It has \(header.entries.count) others.\(near)")
        }
        let bytes = try file.read(at: dataStart + entry.range.lowerBound, count: entry.range.count)
        return try .checked(entry.dtype, entry.shape, bytes, name: name, path: file.path)
    }

    /// Reads every tensor.
    ///
    /// - Throws: `.checkpoint` also when the file has a checksum and is not what was written.
    public func all() throws(LongTailError) -> SafeTensors {
        var tensors = StateDict(minimumCapacity: header.entries.count)
        for name in header.entries.keys { tensors[name] = try tensor(name) }
        if header.metadata[ContentSeal.key] != nil {
            let order = header.entries.sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }
            let isWhole = ContentSeal.holds(
                try file.read(at: 8, count: dataStart - 8), order.lazy.compactMap { tensors[$0.key]?.bytes })
            guard isWhole else {
                throw LongTailError(
                    .checkpoint,
                    "\(file.path): is not what was written: its checksum (metadata '\(ContentSeal.key)') differs",
                    remedy:
                        "Copy it again from where it is whole. If it was changed on purpose, take that key out of its metadata."
                )
            }
        }
        // It is of this file, and of no other that its text goes into.
        return SafeTensors(tensors: tensors, metadata: header.metadata.filter { $0.key != ContentSeal.key })
    }
}
