import CLongTailTorch
import LongTailBasics
import LongTailSerialization

/// One argument of an operator.
public enum OperatorArgument {
    case tensor(Tensor)
    /// An integer; also enumerations such as memory formats, and the reductions.
    case int(Int)
    /// A floating-point number.
    case double(Double)
    /// A flag.
    case bool(Bool)
    /// A list of integers.
    case ints([Int])
    /// A list of tensors.
    case tensors([Tensor])
    /// An element type.
    case dtype(DType)
    /// A device by name.
    case device(String)
    /// A text, such as a group's name.
    case string(String)
    case none
    /// What the schema says.
    case byDefault

    static func optional(_ tensor: Tensor?) -> OperatorArgument { tensor.map { .tensor($0) } ?? .none }
}

/// What an operator gave back, in order; lists are laid out one after the other.
enum Result {
    case tensor(Tensor)
    case undefined
    case number(Double)
}

/// Calls an operator of libtorch by its full name, such as "aten::add.Tensor".
///
/// The arguments stand in the order of PyTorch's schema; those left out take their defaults.
@discardableResult
func callAll(
    _ name: StaticString, capacity: Int = 4, _ arguments: [OperatorArgument]
) throws(LongTailError) -> [Result] {
    let scratch = Scratch(arguments)
    var results = [ct_value](repeating: ct_value(), count: capacity)
    var count = capacity
    let status = scratch.values.withUnsafeBufferPointer {
        ct_call(name.pointer, $0.baseAddress, $0.count, &results, &count)
    }
    withExtendedLifetime(arguments) {}
    guard status == 0 else { throw LongTailError.engine(name.description, describe(arguments)) }
    let given: [Result] = results[..<count].map { value in
        switch value.tag {
        case CT_TENSOR: value.as.tensor.map { .tensor(Tensor(owning: $0)) } ?? .undefined
        case CT_DOUBLE: .number(value.as.real)
        default: .number(Double(value.as.integer))
        }
    }
    Trace.note(name, arguments, given)
    return given
}

/// Calls an operator whose first result is a tensor.
@discardableResult
func call(_ name: StaticString, _ arguments: OperatorArgument...) throws(LongTailError) -> Tensor {
    guard case .tensor(let tensor)? = try callAll(name, arguments).first else {
        throw LongTailError(.engine, "\(name) gave no tensor")
    }
    return tensor
}

extension Engine {
    /// Calls any operator of libtorch by its full name, such as "aten::erf", and gives its tensors in order.
    ///
    /// - Parameters:
    ///   - name: The name with namespace and overload, as PyTorch's `native_functions.yaml` has it.
    ///   - arguments: In the schema's order; those left out take their defaults.
    /// - Throws: `.engine` with libtorch's words when it refuses.
    @discardableResult
    public static func call(_ name: StaticString, _ arguments: OperatorArgument...) throws(LongTailError) -> [Tensor] {
        try callAll(name, capacity: 16, arguments).compactMap {
            if case .tensor(let tensor) = $0 { tensor } else { nil }
        }
    }
}

extension StaticString {
    var pointer: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

extension LongTailError {
    /// libtorch's last refusal on this thread, with the operator and what it was given.
    static func engine(_ name: String, _ given: String) -> LongTailError {
        LongTailError(.engine, "\(name) failed: \(String(cString: ct_error()))", remedy: "It was given: \(given)")
    }
}

private func describe(_ arguments: [OperatorArgument]) -> String {
    arguments.map {
        switch $0 {
        case .tensor(let tensor): tensor.summary
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .ints(let values): "\(values)"
        case .tensors(let tensors): "\(tensors.count) tensors, the first \(tensors.first?.summary ?? "none")"
        case .dtype(let dtype): dtype.rawValue
        case .device(let name), .string(let name): name
        case .none: "none"
        case .byDefault: "default"
        }
    }.joined(separator: "; ")
}

/// The C form of a call's arguments; owns the lists until the call is over.
private final class Scratch {
    var values: [ct_value] = []
    private var blocks: [UnsafeMutableRawPointer] = []

    init(_ arguments: [OperatorArgument]) {
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(value(argument)) }
    }

    deinit { for block in blocks { block.deallocate() } }

    private func value(_ argument: OperatorArgument) -> ct_value {
        var value = ct_value()
        switch argument {
        case .tensor(let tensor):
            value.tag = CT_TENSOR
            value.as.tensor = tensor.handle
        case .int(let number):
            value.tag = CT_INT
            value.as.integer = Int64(number)
        case .dtype(let dtype):
            value.tag = CT_INT
            value.as.integer = Int64(dtype.scalarType)
        case .double(let number):
            value.tag = CT_DOUBLE
            value.as.real = number
        case .bool(let flag):
            value.tag = CT_BOOL
            value.as.integer = flag ? 1 : 0
        case .ints(let numbers): fill(&value, CT_INTS, numbers.map(Int64.init))
        case .tensors(let tensors): fill(&value, CT_TENSORS, tensors.map { Optional($0.handle) })
        case .device(let name):
            fill(&value, CT_DEVICE, Array(name.utf8CString))
        case .string(let text): fill(&value, CT_STRING, Array(text.utf8CString))
        case .none: value.tag = CT_NONE
        case .byDefault: value.tag = CT_DEFAULT
        }
        return value
    }

    private func fill<Element: BitwiseCopyable>(_ value: inout ct_value, _ tag: ct_tag, _ list: [Element]) {
        let size = MemoryLayout<Element>.stride * list.count
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 16)
        list.withUnsafeBytes { source in
            if let base = source.baseAddress { block.copyMemory(from: base, byteCount: size) }
        }
        blocks.append(block)
        value.tag = tag
        value.count = Int64(list.count)
        value.as.list = UnsafeRawPointer(block)
    }
}
