import Foundation
import LongTailBasics
import LongTailSerialization

/// Writing state dicts as `torch.save` does since PyTorch 1.6: a zip archive of a pickle and the storages beside it.
///
/// `torch.load(path, weights_only=True)` gives the same names, types and values, on the processor.
public enum PyTorchFile {
    /// Writes tensors under their names, atomically.
    ///
    /// - Throws: `.file` when the disk refuses, `.checkpoint` for 4 GiB and more, which a plain zip archive cannot hold.
    public static func write(_ tensors: StateDict, to path: String) throws(LongTailError) {
        var archive = StoredZip(folder: "archive")
        archive.add("data.pkl", pickle(tensors))
        archive.add("byteorder", Data("little".utf8))
        for (index, tensor) in tensors.values.enumerated() { archive.add("data/\(index)", tensor.bytes) }
        archive.add("version", Data("3\n".utf8))
        try archive.write(to: path)
    }

    /// An OrderedDict of tensors in protocol 2, each a view on a storage of its own.
    private static func pickle(_ tensors: StateDict) -> Data {
        var pickle = PickleWriter()
        pickle.global("collections", "OrderedDict")
        pickle.write(.emptyTuple, .reduce, .mark)
        for (index, (name, tensor)) in tensors.enumerated() {
            pickle.text(name)
            pickle.global("torch._utils", "_rebuild_tensor_v2")
            pickle.write(.mark, .mark)
            pickle.text("storage")
            pickle.global("torch", storage(tensor.dtype))
            pickle.text("\(index)")
            pickle.text("cpu")
            pickle.integer(tensor.count)
            pickle.write(.tuple, .persistentID)
            pickle.integer(0)
            pickle.tuple(tensor.shape)
            pickle.tuple(strides(tensor.shape))
            pickle.write(.newFalse)
            pickle.global("collections", "OrderedDict")
            pickle.write(.emptyTuple, .reduce, .tuple, .reduce)
        }
        pickle.write(.setItems, .stop)
        return pickle.bytes
    }

    private static func strides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for index in shape.indices.dropLast().reversed() {
            strides[index] = strides[index + 1] * max(1, shape[index + 1])
        }
        return strides
    }

    private static func storage(_ type: DType) -> String {
        switch type {
        case .float64: "DoubleStorage"
        case .float32: "FloatStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .int64: "LongStorage"
        case .int32: "IntStorage"
        case .int16: "ShortStorage"
        case .int8: "CharStorage"
        case .uint8: "ByteStorage"
        case .bool: "BoolStorage"
        }
    }
}

/// The few opcodes that a state dict needs.
private struct PickleWriter {
    var bytes = Data([PickleOpcode.proto.rawValue, 2])

    mutating func write(_ opcodes: PickleOpcode...) { bytes += opcodes.map(\.rawValue) }

    mutating func global(_ module: String, _ name: String) {
        write(.global)
        bytes += Data("\(module)\n\(name)\n".utf8)
    }

    mutating func text(_ text: String) {
        write(.binUnicode)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: text.utf8.count))
        bytes += Data(text.utf8)
    }

    mutating func integer(_ value: Int) {
        if let small = Int32(exactly: value) {
            write(.binInt)
            bytes.append(littleEndian: UInt32(bitPattern: small))
        } else {
            write(.long1)
            bytes.append(8)
            bytes.append(littleEndian: UInt64(bitPattern: Int64(value)))
        }
    }

    mutating func tuple(_ values: [Int]) {
        write(.mark)
        values.forEach { integer($0) }
        write(.tuple)
    }
}

extension Data {
    /// Appends an integer, its least byte first.
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
