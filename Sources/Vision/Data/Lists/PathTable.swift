/// Many paths in one block of memory: their UTF-8, end to end, and where each ends.
///
/// A list of half a million paths is two arrays, not half a million strings.
public struct PathTable: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    /// The most bytes that a table holds: what its offsets can address.
    static let limit = Int(UInt32.max)

    /// An empty table.
    public init() {}

    /// A table of some paths.
    public init(_ paths: some Sequence<String>) {
        for path in paths { append(path) }
    }

    /// Number of paths.
    public var count: Int { ends.count }

    /// Path `index`; the empty text outside the table.
    public subscript(index: Int) -> String { withBytes(of: index) { String(decoding: $0, as: UTF8.self) } }

    /// Adds a path at the end; one that the table has no room for is cut short.
    public mutating func append(_ path: String) {
        var path = path
        path.withUTF8 { append($0) }
    }

    /// Adds the UTF-8 of a path at the end.
    mutating func append(_ path: UnsafeBufferPointer<UInt8>) {
        let room = Self.limit - bytes.count
        bytes.append(contentsOf: path.prefix(room))
        ends.append(UInt32(bytes.count))
    }

    /// Room for so many paths and bytes more.
    mutating func reserve(paths: Int, bytes more: Int) {
        ends.reserveCapacity(ends.count + paths)
        bytes.reserveCapacity(bytes.count + more)
    }

    /// Lends the UTF-8 of path `index`; nothing outside the table.
    func withBytes<Value>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { all in
            guard ends.indices.contains(index) else { return body(UnsafeBufferPointer(rebasing: all[0..<0])) }
            let start = index == 0 ? 0 : Int(ends[index - 1])
            return body(UnsafeBufferPointer(rebasing: all[start..<Int(ends[index])]))
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
