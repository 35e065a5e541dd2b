import Foundation
import LongTailBasics
import OrderedCollections

/// A machine for pickles that can build data and nothing else: it has no way to import, make or call anything.
///
/// Known names (`KnownGlobal`) are read as the data they stand for; every other name becomes an opaque value.
/// Memory and time are bounded: whatever a step makes, stores or copies counts against `limit`.
struct Unpickler {
    /// How many cells, memo entries and made elements there may be, all together.
    static let limit = 8_000_000

    let path: String
    let bytes: Data
    /// Where the next pickle begins, counted from the start of `bytes`.
    var position: Int

    var cells: [PickleCell] = []
    var stack: [Int] = []
    var marks: [Int] = []
    var memo: [Int: Int] = [:]
    var made = 0
    var tensors = 0
    /// Cells that are namespaces, whose values come as a state.
    var namespaces: Set<Int> = []
    /// Names outside the table, in the order they were met.
    var unknownNames: OrderedSet<String> = []

    /// Prepares to read the pickle that starts `position` bytes into `bytes`.
    init(_ bytes: Data, at position: Int = 0, path: String) {
        (self.bytes, self.position, self.path) = (bytes, position, path)
    }

    /// Reads up to STOP; returns the result's cell.
    package mutating func run() throws(LongTailError) -> Int {
        while true {
            let byte = try self.byte()
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw failure("opcode 0x\(String(byte, radix: 16)) is not one that torch.save writes")
            }
            if opcode == .stop { return try pop() }
            try step(opcode)
        }
    }

    private mutating func step(_ opcode: PickleOpcode) throws(LongTailError) {
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
