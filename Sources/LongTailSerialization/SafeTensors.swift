import Foundation
import LongTailBasics
import OrderedCollections

/// What a safetensors file holds.
public struct SafeTensors: Sendable, Equatable {
    /// Tensors by name, in the header's order.
    public var tensors: StateDict
    /// Free text by key.
    public var metadata: [String: String]

    /// Puts tensors and text together.
    public init(tensors: StateDict, metadata: [String: String] = [:]) {
        (self.tensors, self.metadata) = (tensors, metadata)
    }
}

/// Reading and writing whole safetensors files.
public enum SafeTensorsFile {
    /// Reads a file; names in the order of its header.
    ///
    /// - Throws: `.file` when it cannot be read, `.checkpoint` when it breaks the format, naming file and tensor.
    public static func read(_ path: String) throws(LongTailError) -> SafeTensors {
        try SafeTensorsReader(path).all()
    }

    /// Writes tensors and text, atomically, tensor by tensor.
    ///
    /// - Parameters:
    ///   - tensors: The tensors by name.
    ///   - metadata: Free text by key.
    ///   - isSealed: Whether a checksum of all goes into the metadata, which every reading of the whole file verifies.
    ///   - path: The file.
    ///
    /// The header names them in their order; the data lies by descending element size, so that every tensor is
    /// aligned to its elements without gaps (PyTorch's loader needs that).
    public static func write(
        _ tensors: StateDict, metadata: [String: String] = [:], isSealed: Bool = false, to path: String
    ) throws(LongTailError) {
        var metadata = metadata
        metadata[ContentSeal.key] = isSealed ? ContentSeal.blank : nil
        let (header, order) = try header(tensors, metadata, path)
        try AtomicFile.write(to: path) { (file) throws(LongTailError) in
            try file.leave(header.count)
            for tensor in order { try file.put(tensor.bytes) }
            // The checksum is added up while the disk writes: it costs next to nothing there.
            file.beginFlushing()
            let json = header.dropFirst(8)
            try file.fill(isSealed ? header.prefix(8) + ContentSeal.sealed(json, order.lazy.map(\.bytes)) : header)
        }
    }

    /// The header with its length and padding, and the tensors in the data's order.
    private static func header(
        _ tensors: StateDict, _ metadata: [String: String], _ path: String
    ) throws(LongTailError) -> (Data, [HostTensor]) {
        // Sorting is stable, so tensors of one element size keep their order.
        let order = tensors.elements.sorted { $0.value.dtype.size > $1.value.dtype.size }
        var starts: [String: Int] = [:]
        var end = 0
        for (name, tensor) in order {
            starts[name] = end
            end += tensor.bytes.count
        }
        var fields: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        for (name, tensor) in tensors {
            guard name != "__metadata__", let start = starts[name] else {
                throw LongTailError(
                    .checkpoint, "\(path): a tensor cannot be called __metadata__", remedy: "Rename it.")
            }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let offsets = "\(start),\(start + tensor.bytes.count)"
            let type = tensor.dtype.rawValue
            fields.append("\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}")
        }
        var json = Data("{\(fields.joined(separator: ","))}".utf8)
        // The data begins at a multiple of a cache line.
        while (8 + json.count) % 64 != 0 { json.append(UInt8(ascii: " ")) }
        guard json.count <= SafeTensorsReader.headerLimit else {
            throw LongTailError(
                .checkpoint, "\(path): names and metadata take \(json.count) bytes, a header may have 100 MB",
                remedy: "Shorten the metadata.")
        }
        let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        return (length + json, order.map(\.value))
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
