import Basics
import Foundation
import OrderedCollections

/// A machine for pickles that can build data and nothing else: it has no way to import, make or call anything.
///
/// Known names (`KnownGlobal`) are read as the data they stand for; every other name becomes an opaque value.
/// Memory and time are bounded: whatever a step makes, stores or copies counts against `limit`.
struct Unpickler {
    /// How many cells, memo entries and made elements there may be, all together.
    static let limit = 8_000_000

    let path: String
    private let bytes: Data
    /// Where the next pickle begins, counted from the start of `bytes`.
    private(set) var position: Int

    var cells: [PickleCell] = []
    private var stack: [Int] = []
    private var marks: [Int] = []
    private var memo: [Int: Int] = [:]
    private var made = 0
    /// Names outside the table, in the order they were met.
    private(set) var unknownNames: OrderedSet<String> = []

    /// Prepares to read the pickle that starts `position` bytes into `bytes`.
    init(_ bytes: Data, at position: Int = 0, path: String) {
        (self.bytes, self.position, self.path) = (bytes, position, path)
    }

    /// Reads up to STOP; returns the result's cell.
    mutating func run() throws(Failure) -> Int {
        while true {
            let byte = try self.byte()
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw failure("opcode 0x\(String(byte, radix: 16)) is not one that torch.save writes")
            }
            if opcode == .stop { return try pop() }
            try step(opcode)
        }
    }

    private mutating func step(_ opcode: PickleOpcode) throws(Failure) {
        switch opcode {
        case .proto:
            let version = try byte()
            guard (2...5).contains(version) else { throw failure("protocol \(version) is not 2 to 5") }
        case .frame: _ = try take(8)
        case .stop: break
        case .mark:
            try count(1)
            marks.append(stack.count)
        case .pop: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .duplicate:
            try count(1)
            stack.append(try top())
        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .binInt: try push(.int(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
        case .binInt1: try push(.int(try unsigned(1)))
        case .binInt2: try push(.int(try unsigned(2)))
        case .long1: try push(Self.integer(try take(try unsigned(1))))
        case .long4: try push(Self.integer(try take(try unsigned(4))))
        case .binFloat:
            let pattern = try take(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            try push(.float(Double(bitPattern: pattern)))
        case .shortBinString: try push(Self.textOrBytes(try take(try unsigned(1))))
        case .binString: try push(Self.textOrBytes(try take(try unsigned(4))))
        case .shortBinUnicode: try push(.string(try text(try unsigned(1))))
        case .binUnicode: try push(.string(try text(try unsigned(4))))
        case .binUnicode8: try push(.string(try text(try unsigned(8))))
        case .shortBinBytes: try push(.bytes(try take(try unsigned(1))))
        case .binBytes: try push(.bytes(try take(try unsigned(4))))
        case .binBytes8, .byteArray8: try push(.bytes(try take(try unsigned(8))))
        case .emptyList, .emptySet: try push(.list([]))
        case .list, .frozenSet: try push(.list(try popToMark()))
        case .append: try extend([try pop()])
        case .appends, .addItems: try extend(try popToMark())
        case .emptyTuple: try push(.tuple([]))
        case .tuple: try push(.tuple(try popToMark()))
        case .tuple1: try pushTuple(1)
        case .tuple2: try pushTuple(2)
        case .tuple3: try pushTuple(3)
        case .emptyDictionary: try push(.dictionary([]))
        case .dictionary: try push(.dictionary(try even(try popToMark())))
        case .setItem:
            let value = try pop()
            try insert([try pop(), value])
        case .setItems: try insert(try even(try popToMark()))
        case .binGet: try recall(try unsigned(1))
        case .longBinGet: try recall(try unsigned(4))
        case .binPut: try store(try unsigned(1))
        case .longBinPut: try store(try unsigned(4))
        case .memoize: try store(memo.count)
        case .global: try pushGlobal("\(try line()).\(try line())")
        case .stackGlobal:
            let (name, module) = (try pop(), try pop())
            guard case .string(let name) = cells[name], case .string(let module) = cells[module] else {
                throw failure("a name is not text")
            }
            try pushGlobal("\(module).\(name)")
        case .reduce:
            let arguments = try pop()
            stack.append(try call(try pop(), arguments))
        case .build:
            let state = try pop()
            try build(try top(), state)
        case .newObject:
            let arguments = try pop()
            stack.append(try call(try pop(), arguments))
        case .newObjectKeywords:
            _ = try pop()
            let arguments = try pop()
            stack.append(try call(try pop(), arguments))
        case .persistentID: try push(try storage(try pop()))
        }
    }
}

// MARK: - Cells, stack and memo

extension Unpickler {
    /// A failure of the file's format, naming the byte.
    func failure(_ what: String) -> Failure {
        Failure(
            .checkpoint, "\(path): its pickle (byte \(position)): \(what)",
            remedy: "The file is damaged or not one that torch.save wrote: copy it again, or save its state_dict again."
        )
    }

    /// Makes a cell.
    mutating func make(_ cell: PickleCell) throws(Failure) -> Int {
        try count(1)
        cells.append(cell)
        return cells.count - 1
    }

    /// Counts elements against the limit.
    mutating func count(_ elements: Int) throws(Failure) {
        made += elements
        guard made <= Self.limit else { throw failure("holds more than \(Self.limit) objects") }
    }

    private mutating func push(_ cell: PickleCell) throws(Failure) { stack.append(try make(cell)) }

    private mutating func pushTuple(_ count: Int) throws(Failure) {
        guard stack.count - (marks.last ?? 0) >= count else { throw failure("takes from an empty stack") }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        try push(.tuple(items))
    }

    private mutating func pushGlobal(_ name: String) throws(Failure) {
        if let global = KnownGlobal(name) { return try push(.global(global)) }
        let name = printable(name)
        if unknownNames.count < 1000 { unknownNames.append(name) }
        try push(.opaque(name))
    }

    private mutating func pop() throws(Failure) -> Int {
        guard stack.count > marks.last ?? 0, let cell = stack.popLast() else {
            throw failure("takes from an empty stack")
        }
        return cell
    }

    private func top() throws(Failure) -> Int {
        guard stack.count > marks.last ?? 0, let cell = stack.last else { throw failure("takes from an empty stack") }
        return cell
    }

    private mutating func popToMark() throws(Failure) -> [Int] {
        guard let mark = marks.popLast() else { throw failure("needs a mark") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func store(_ key: Int) throws(Failure) {
        try count(1)
        memo[key] = try top()
    }

    private mutating func recall(_ key: Int) throws(Failure) {
        guard let cell = memo[key] else { throw failure("recalls \(key), which was not stored") }
        try count(1)
        stack.append(cell)
    }

    private func even(_ items: [Int]) throws(Failure) -> [Int] {
        guard items.count.isMultiple(of: 2) else { throw failure("a key has no value") }
        return items
    }

    /// Appends to the list on top; an opaque list drops what it gets.
    private mutating func extend(_ items: [Int]) throws(Failure) {
        let target = try top()
        switch cells[target] {
        case .list(var list):
            cells[target] = .none  // Leaves one owner, so that appending does not copy.
            list += items
            cells[target] = .list(list)
        case .opaque: break
        default: throw failure("appends to something that is no list")
        }
    }

    /// Adds to the dictionary on top; an opaque dictionary drops what it gets.
    private mutating func insert(_ items: [Int]) throws(Failure) {
        let target = try top()
        switch cells[target] {
        case .dictionary(var entries):
            cells[target] = .none
            entries += items
            cells[target] = .dictionary(entries)
        case .opaque: break
        default: throw failure("adds keys to something that is no dictionary")
        }
    }
}

// MARK: - Bytes

extension Unpickler {
    private mutating func byte() throws(Failure) -> UInt8 {
        guard position < bytes.count else { throw failure("ends too early") }
        position += 1
        return bytes[bytes.startIndex + position - 1]
    }

    private mutating func take(_ count: Int) throws(Failure) -> Data {
        guard count >= 0, count <= bytes.count - position else { throw failure("ends too early") }
        let start = bytes.startIndex + position
        position += count
        return Data(bytes[start..<start + count])
    }

    /// A little-endian number of at most 8 bytes; beyond 2^63 is more than any file has.
    private mutating func unsigned(_ width: Int) throws(Failure) -> Int {
        let pattern = try take(width).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard let value = Int(exactly: pattern) else { throw failure("announces more bytes than any file has") }
        return value
    }

    private mutating func text(_ count: Int) throws(Failure) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw failure("text is not UTF-8") }
        return text
    }

    /// A line of at most 1,000 bytes.
    private mutating func line() throws(Failure) -> String {
        let start = bytes.startIndex + position
        let window = bytes[start..<min(bytes.endIndex, start + 1000)]
        guard let end = window.firstIndex(of: 0x0A) else { throw failure("a name does not end") }
        let line = try text(end - start)
        position += 1
        return line
    }

    private static func textOrBytes(_ data: Data) -> PickleCell {
        String(validating: data, as: UTF8.self).map { .string($0) } ?? .bytes(data)
    }

    private static func integer(_ data: Data) -> PickleCell {
        guard data.count <= 8 else { return .longInteger(data) }
        guard let last = data.last else { return .int(0) }
        let pattern = data.reversed().reduce(last >= 0x80 ? -1 : 0) { $0 << 8 | Int($1) }
        return .int(pattern)
    }
}
