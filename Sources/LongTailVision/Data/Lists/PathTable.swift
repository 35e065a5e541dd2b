/// Many paths in one block of memory: their UTF-8, and where in it each begins and how long it is.
///
/// A list of half a million paths is three arrays, not half a million strings; the block of a list file is the file.
package struct PathTable: Sendable {
    private var bytes: [UInt8] = []
    private var starts: [UInt32] = []
    private var lengths: [UInt16] = []

    /// The most bytes that a table holds: what its offsets can address.
    static let limit = Int(UInt32.max)

    /// An empty table.
    package init() {}

    /// A table of some paths.
    package init(_ paths: some Sequence<String>) {
        for path in paths { append(path) }
    }

    /// Number of paths.
    package var count: Int { starts.count }

    /// Path `index`; the empty text outside the table.
    package subscript(index: Int) -> String { withBytes(of: index) { String(decoding: $0, as: UTF8.self) } }

    /// Adds a path at the end; one that the table has no room for is cut short.
    package mutating func append(_ path: String) {
        var path = path
        path.withUTF8 { append($0) }
    }

    /// Adds the UTF-8 of a path at the end.
    mutating func append(_ path: UnsafeBufferPointer<UInt8>) {
        let length = min(path.count, Int(UInt16.max), Self.limit - bytes.count)
        starts.append(UInt32(bytes.count))
        lengths.append(UInt16(length))
        bytes.append(contentsOf: path.prefix(length))
    }

    /// A table over a text that holds its paths, none of them yet.
    init(over bytes: [UInt8]) { self.bytes = bytes }

    /// Adds a path that stands in the text; one that does not lie in it is empty.
    mutating func append(_ path: Range<Int>) {
        let isInside = path.lowerBound >= 0 && path.upperBound <= min(bytes.count, Self.limit)
        starts.append(isInside ? UInt32(path.lowerBound) : 0)
        lengths.append(isInside ? UInt16(clamping: path.count) : 0)
    }

    /// The first path with a backslash in it.
    var firstWithBackslash: Int? { (0..<count).first { withBytes(of: $0) { $0.contains(0x5C) } } }

    /// Turns the backslashes of all paths into slashes.
    mutating func turnBackslashes() {
        for (start, length) in zip(starts, lengths) {
            for place in Int(start)..<Int(start) + Int(length) where bytes[place] == 0x5C { bytes[place] = 0x2F }
        }
    }

    /// Lends the UTF-8 of path `index`; nothing outside the table.
    func withBytes<Value>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { all in
            guard starts.indices.contains(index) else { return body(UnsafeBufferPointer(rebasing: all[0..<0])) }
            let start = Int(starts[index])
            return body(UnsafeBufferPointer(rebasing: all[start..<start + Int(lengths[index])]))
        }
    }
}

extension PathTable: Equatable {
    /// The same paths in the same order.
    package static func == (a: PathTable, b: PathTable) -> Bool {
        a.count == b.count
            && (0..<a.count).allSatisfy { index in
                a.withBytes(of: index) { path in b.withBytes(of: index) { path.elementsEqual($0) } }
            }
    }
}

/// Finds paths by their text: a table of positions, four bytes a slot, at most half full.
struct PathIndex {
    private var slots: [UInt32]
    private let mask: Int

    /// The first position of every different path of a table.
    init(_ table: PathTable, onRepeat: (_ position: Int, _ earlier: Int) -> Void = { _, _ in }) {
        var size = 16
        while size < 2 * table.count { size *= 2 }
        slots = Array(repeating: .max, count: size)
        mask = size - 1
        for position in 0..<table.count {
            let place = table.withBytes(of: position) { path in slot(of: path, in: table) }
            if slots[place] == .max {
                slots[place] = UInt32(position)
            } else {
                onRepeat(position, Int(slots[place]))
            }
        }
    }

    /// The first position of a path in the table that the index was made of.
    func position(of path: UnsafeBufferPointer<UInt8>, in table: PathTable) -> Int? {
        let found = slots[slot(of: path, in: table)]
        return found == .max ? nil : Int(found)
    }

    /// The slot that holds the path, or the empty one where it belongs.
    private func slot(of path: UnsafeBufferPointer<UInt8>, in table: PathTable) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(path))
        var slot = hasher.finalize() & mask
        while slots[slot] != .max, !table.withBytes(of: Int(slots[slot]), { $0.elementsEqual(path) }) {
            slot = (slot + 1) & mask
        }
        return slot
    }
}
