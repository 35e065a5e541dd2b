import LongTailSerialization

/// A value out of a pickle: data only, nothing that could run.
public indirect enum PickleValue: Sendable, Equatable {
    /// Python's None.
    case none
    /// A bool.
    case bool(Bool)
    /// An integer of at most 64 bits; numpy's integers as well.
    case int(Int)
    /// A float; numpy's floats as well.
    case float(Double)
    /// Text; the name of a torch.device as well.
    case string(String)
    /// Bytes.
    case bytes([UInt8])
    /// A list or a set.
    case list([PickleValue])
    /// A tuple or a torch.Size.
    case tuple([PickleValue])
    /// A dict or an OrderedDict, in its order; a key may come twice, and the later one counts.
    case dictionary([Entry])
    /// A tensor or a parameter, on whatever device it lay, made contiguous.
    case tensor(HostTensor)
    /// An object of another class or a function, by name: neither made nor called, its content dropped.
    case opaque(String)

    /// One entry of a dictionary.
    public struct Entry: Sendable, Equatable {
        /// The key, which need not be text.
        public let key: PickleValue
        /// The value.
        public let value: PickleValue

        /// Puts a key and its value together.
        package init(key: PickleValue, value: PickleValue) { (self.key, self.value) = (key, value) }
    }

    /// The value under a text key of a dictionary.
    public subscript(_ key: String) -> PickleValue? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.last { $0.key == .string(key) }?.value
    }

    /// A number: int, float, bool or a tensor of one element.
    public var number: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .float(let value): value
        case .tensor(let tensor) where tensor.count == 1: tensor.doubles.first
        default: nil
        }
    }
}
