import Foundation
import LongTailSerialization

/// A value while the pickle is still being read; containers hold indices into the machine's cells.
///
/// Indices rather than references, so that a hostile depth or cycle cannot overflow the stack when it is freed.
enum PickleCell {
    case none
    case bool(Bool)
    case int(Int)
    /// An integer of more than 64 bits, little-endian.
    case longInteger(Data)
    case float(Double)
    case string(String)
    case bytes(Data)
    case list([Int])
    case tuple([Int])
    /// Keys and values in turn.
    case dictionary([Int])
    case global(KnownGlobal)
    case numpyType(NumpyType)
    case storage(StorageLayout)
    case tensor(TensorLayout)
    case opaque(String)
}

/// The names that mean something.
///
/// None is looked up anywhere: each is a case that the machine knows how to read.
enum KnownGlobal: Equatable {
    case rebuildTensor
    case rebuildParameter
    case storageType(DType)
    /// A storage that counts bytes, without an element type.
    case untypedStorage
    case orderedDictionary
    case numpyScalar
    case numpyType
    /// `_codecs.encode`, by which protocol 2 spells bytes.
    case encode
    case device
    case size
    /// Names and values, as `argparse` makes them of a command line.
    case namespace

    /// The case of a module's name, or nil for every other name in the world.
    init?(_ name: String) {
        guard let global = Self.table[name] else { return nil }
        self = global
    }

    private static let table: [String: KnownGlobal] = [
        "torch._utils._rebuild_tensor_v2": .rebuildTensor,
        "torch._utils._rebuild_parameter": .rebuildParameter,
        "torch.DoubleStorage": .storageType(.float64),
        "torch.FloatStorage": .storageType(.float32),
        "torch.HalfStorage": .storageType(.float16),
        "torch.BFloat16Storage": .storageType(.bfloat16),
        "torch.LongStorage": .storageType(.int64),
        "torch.IntStorage": .storageType(.int32),
        "torch.ShortStorage": .storageType(.int16),
        "torch.CharStorage": .storageType(.int8),
        "torch.ByteStorage": .storageType(.uint8),
        "torch.BoolStorage": .storageType(.bool),
        "torch.storage.UntypedStorage": .untypedStorage,
        "collections.OrderedDict": .orderedDictionary,
        "numpy.core.multiarray.scalar": .numpyScalar,
        "numpy._core.multiarray.scalar": .numpyScalar,
        "numpy.dtype": .numpyType,
        "_codecs.encode": .encode,
        "torch.device": .device,
        "torch.Size": .size,
        "argparse.Namespace": .namespace,
    ]
}

/// A numpy element type, such as `f8`, and its byte order.
struct NumpyType: Equatable {
    var code: String
    var isBigEndian = false

    /// The scalar of this type in `bytes`, or nil for types that are no plain number.
    func scalar(_ bytes: Data) -> PickleCell? {
        let pattern = (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        switch (code, bytes.count) {
        case ("f8", 8): return .float(Double(bitPattern: pattern))
        case ("f4", 4): return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern))))
        case ("f2", 2): return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: pattern))))
        case ("i8", 8): return .int(Int(Int64(bitPattern: pattern)))
        case ("i4", 4): return .int(Int(Int32(truncatingIfNeeded: pattern)))
        case ("i2", 2): return .int(Int(Int16(truncatingIfNeeded: pattern)))
        case ("i1", 1): return .int(Int(Int8(truncatingIfNeeded: pattern)))
        case ("u8", 8): return Int(exactly: pattern).map { .int($0) }
        case ("u4", 4), ("u2", 2), ("u1", 1): return Int(exactly: pattern).map { .int($0) }
        case ("b1", 1): return .bool(pattern != 0)
        default: return nil
        }
    }
}
