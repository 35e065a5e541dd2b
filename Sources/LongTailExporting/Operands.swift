import LongTailBasics
import LongTailTorch

/// The arguments of one call in both traces, typed; positions are those of PyTorch's schema.
struct Operands {
    /// The operator's full name.
    let name: String
    private let first: TracedCall
    private let second: TracedCall

    init(_ first: TracedCall, _ second: TracedCall) {
        name = first.name
        (self.first, self.second) = (first, second)
    }

    /// The results' sizes: nil where they follow the batch.
    func resultShape() throws(LongTailError) -> [Int?] {
        guard let a = first.results.first??.shape, let b = second.results.first??.shape else {
            throw refused("gives no tensor")
        }
        return try shape(a, b)
    }

    /// A tensor's sizes: nil where they follow the batch.
    func shape(_ index: Int) throws(LongTailError) -> [Int?] {
        let (a, b) = try tensor(index)
        return try shape(a.shape, b.shape)
    }

    private func shape(_ a: [Int], _ b: [Int]) throws(LongTailError) -> [Int?] {
        guard a.count == b.count else { throw refused("has another number of dimensions for another batch") }
        return zip(a, b).map { $0 == $1 ? $0 : nil }
    }

    func tensor(_ index: Int) throws(LongTailError) -> (first: Tensor, second: Tensor) {
        guard let pair = optionalTensor(index) else { throw refused("has no tensor as argument \(index)") }
        return pair
    }

    /// A tensor that may be missing.
    func optionalTensor(_ index: Int) -> (first: Tensor, second: Tensor)? {
        guard case (.tensor(let a)?, .tensor(let b)?) = (argument(first, index), argument(second, index)) else {
            return nil
        }
        return (a, b)
    }

    /// A list of tensors.
    func tensors(_ index: Int) throws(LongTailError) -> [(first: Tensor, second: Tensor)] {
        guard case (.tensors(let a)?, .tensors(let b)?) = (argument(first, index), argument(second, index)),
            a.count == b.count
        else { throw refused("has no list of tensors as argument \(index)") }
        return zip(a, b).map { ($0, $1) }
    }

    /// A whole number, the same for every batch.
    func int(_ index: Int, default value: Int? = nil) throws(LongTailError) -> Int {
        guard let (a, b) = numbers(index) else {
            guard let value else { throw refused("has no whole number as argument \(index)") }
            return value
        }
        guard a == b else { throw refused("depends on the size of the batch in argument \(index)") }
        return a
    }

    /// A whole number of each trace; nil when it was left out.
    func numbers(_ index: Int) -> (first: Int, second: Int)? {
        guard case (.int(let a)?, .int(let b)?) = (argument(first, index), argument(second, index)) else { return nil }
        return (a, b)
    }

    /// A number, the same for every batch.
    func double(_ index: Int, default value: Double? = nil) throws(LongTailError) -> Double {
        switch (argument(first, index), argument(second, index)) {
        case (.double(let a)?, .double(let b)?) where a == b: return a
        case (.int(let a)?, .int(let b)?) where a == b: return Double(a)
        case (nil, nil), (.byDefault?, .byDefault?), (OperatorArgument.none?, OperatorArgument.none?):
            guard let value else { throw refused("has no number as argument \(index)") }
            return value
        default: throw refused("depends on the batch in argument \(index)")
        }
    }

    /// A flag; `value` when it was left out.
    func bool(_ index: Int, default value: Bool = false) -> Bool {
        if case .bool(let flag)? = argument(first, index) { flag } else { value }
    }

    /// A word; nil when it was left out.
    func text(_ index: Int) -> String? {
        if case .string(let text)? = argument(first, index) { text } else { nil }
    }

    /// Whole numbers, the same for every batch.
    func ints(_ index: Int, default value: [Int]? = nil) throws(LongTailError) -> [Int] {
        guard case (.ints(let a)?, .ints(let b)?) = (argument(first, index), argument(second, index)) else {
            guard let value else { throw refused("has no list of numbers as argument \(index)") }
            return value
        }
        guard a == b else { throw refused("depends on the size of the batch in argument \(index)") }
        return a
    }

    /// Two numbers for height and width; one given stands for both.
    func pair(_ index: Int, default value: Int? = nil) throws(LongTailError) -> [Int] {
        let given = try ints(index, default: value.map { [$0, $0] } ?? [])
        switch given.count {
        case 1: return [given[0], given[0]]
        case 2: return given
        default:
            guard given.isEmpty, let value else { throw refused("is not over height and width") }
            return [value, value]
        }
    }

    /// A dimension of argument 0, counted from the front.
    func dimension(_ index: Int, default value: Int? = nil, added: Int = 0) throws(LongTailError) -> Int {
        let rank = try tensor(0).first.rank + added
        let given = try int(index, default: value)
        return given < 0 ? given + rank : given
    }

    /// Dimensions of argument 0, counted from the front, in order.
    func dimensions(_ index: Int) throws(LongTailError) -> [Int] {
        let rank = try tensor(0).first.rank
        return try ints(index).map { $0 < 0 ? $0 + rank : $0 }.sorted()
    }

    /// A refusal that names the operator.
    func refused(_ reason: String) -> LongTailError {
        LongTailError(.engine, "\(name) \(reason), so the network cannot be exported to ONNX")
    }

    private func argument(_ call: TracedCall, _ index: Int) -> OperatorArgument? {
        call.arguments.indices.contains(index) ? call.arguments[index] : nil
    }

    /// Every tensor that goes in.
    var inputs: [(first: Tensor, second: Tensor)] {
        zip(first.arguments, second.arguments).flatMap { a, b -> [(first: Tensor, second: Tensor)] in
            switch (a, b) {
            case (.tensor(let a), .tensor(let b)): [(a, b)]
            case (.tensors(let a), .tensors(let b)): zip(a, b).map { ($0, $1) }
            default: []
            }
        }
    }

    /// Every tensor that comes out.
    var results: [(first: Tensor, second: Tensor)] {
        zip(first.results, second.results).compactMap { a, b in
            guard let a, let b else { return nil }
            return (a, b)
        }
    }
}
