import LongTailBasics
import LongTailSerialization
import OrderedCollections

/// Cells, stack, marks and memo: every access is checked.
extension Unpickler {
    /// A failure of the file's format, naming the byte.
    func failure(_ what: String) -> LongTailError {
        LongTailError(
            .checkpoint, "\(path): its pickle (byte \(position)): \(what)",
            remedy: "The file is damaged or not one that torch.save wrote: copy it again, or save its state_dict again."
        )
    }

    /// Makes a cell.
    mutating func make(_ cell: PickleCell) throws(LongTailError) -> Int {
        try count(1)
        cells.append(cell)
        return cells.count - 1
    }

    /// Counts elements against the limit.
    mutating func count(_ elements: Int) throws(LongTailError) {
        made += elements
        guard made <= Self.limit else { throw failure("holds more than \(Self.limit) objects") }
    }

    mutating func push(_ cell: PickleCell) throws(LongTailError) { stack.append(try make(cell)) }

    mutating func pushTuple(_ count: Int) throws(LongTailError) {
        guard stack.count - (marks.last ?? 0) >= count else { throw failure("takes from an empty stack") }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        try push(.tuple(items))
    }

    mutating func pushGlobal(_ name: String) throws(LongTailError) {
        if let global = KnownGlobal(name) { return try push(.global(global)) }
        let name = excerpt(name)
        if unknownNames.count < 1000 { unknownNames.append(name) }
        try push(.opaque(name))
    }

    mutating func pop() throws(LongTailError) -> Int {
        guard stack.count > marks.last ?? 0, let cell = stack.popLast() else {
            throw failure("takes from an empty stack")
        }
        return cell
    }

    func top() throws(LongTailError) -> Int {
        guard stack.count > marks.last ?? 0, let cell = stack.last else { throw failure("takes from an empty stack") }
        return cell
    }

    mutating func popToMark() throws(LongTailError) -> [Int] {
        guard let mark = marks.popLast() else { throw failure("needs a mark") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    mutating func store(_ key: Int) throws(LongTailError) {
        try count(1)
        memo[key] = try top()
    }

    mutating func recall(_ key: Int) throws(LongTailError) {
        guard let cell = memo[key] else { throw failure("recalls \(key), which was not stored") }
        try count(1)
        stack.append(cell)
    }

    func even(_ items: [Int]) throws(LongTailError) -> [Int] {
        guard items.count.isMultiple(of: 2) else { throw failure("a key has no value") }
        return items
    }

    /// Appends to the list on top; an opaque list drops what it gets.
    mutating func extend(_ items: [Int]) throws(LongTailError) {
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
    mutating func insert(_ items: [Int]) throws(LongTailError) {
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
