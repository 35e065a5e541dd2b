/// The assignment problem on a sparse table: rows get columns, each a column of its own, so that the gains add up to the most.
enum Assignment {
    /// A cell of the table; cells that are not there gain nothing.
    struct Cell {
        let column: Int
        /// Above 0, at most 2⁴⁸.
        let gain: Int
    }

    /// The column of each row; nil where no column gains anything.
    ///
    /// Successive shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957; Jonker and Volgenant 1987): a row at a
    /// time, with a heap, so that the work follows the cells and not the square of the classes.
    static func best(_ rows: [[Cell]], columns: Int) -> [Int?] {
        var state = Matching(rows, columns: columns)
        for row in rows.indices { state.add(row) }
        return state.columnOf
    }
}

/// A matching that is the best of the rows that were added so far.
private struct Matching {
    private let rows: [[Assignment.Cell]]
    private(set) var columnOf: [Int?]
    private var rowOf: [Int?]
    private var rowPotential: [Int]
    private var columnPotential: [Int]
    /// Of the search that goes on: the distance of a column, the row before it.
    private var distance: [Int]
    private var previous: [Int]

    init(_ rows: [[Assignment.Cell]], columns: Int) {
        self.rows = rows
        columnOf = Array(repeating: nil, count: rows.count)
        rowOf = Array(repeating: nil, count: columns)
        rowPotential = Array(repeating: 0, count: rows.count)
        columnPotential = Array(repeating: 0, count: columns)
        distance = Array(repeating: .max, count: columns)
        previous = Array(repeating: 0, count: columns)
    }

    /// Gives a row a column, or leaves a row without one, whichever gains the most.
    ///
    /// Dijkstra over reduced costs. Every row may also end without a column, at cost 0, which bounds the search.
    mutating func add(_ row: Int) {
        rowPotential[row] = rows[row].reduce(0) { min($0, -$1.gain - columnPotential[$1.column]) }
        var (heap, touched, scanned) = (Heap(), [Int](), [Int]())
        var loneRow = (row: row, distance: -rowPotential[row])
        var (current, base) = (row, 0)
        var end: Int?
        while true {
            for cell in rows[current] where cell.column != columnOf[current] {
                let length = base - cell.gain - rowPotential[current] - columnPotential[cell.column]
                guard length < distance[cell.column] else { continue }
                if distance[cell.column] == .max { touched.append(cell.column) }
                (distance[cell.column], previous[cell.column]) = (length, current)
                heap.push(length, cell.column)
            }
            guard let next = heap.pop(where: { distance[$1] == $0 }), next.key < loneRow.distance else { break }
            guard let holder = rowOf[next.value] else {
                end = next.value
                break
            }
            scanned.append(next.value)
            (current, base) = (holder, next.key)
            let alone = base - rowPotential[holder]
            if alone < loneRow.distance { loneRow = (holder, alone) }
        }
        let length = end.map { distance[$0] } ?? loneRow.distance
        rowPotential[row] += length
        for column in scanned {
            if let holder = rowOf[column] { rowPotential[holder] += length - distance[column] }
            columnPotential[column] -= length - distance[column]
        }
        if let end {
            shift(to: end, until: row)
        } else if loneRow.row != row, let freed = columnOf[loneRow.row] {
            columnOf[loneRow.row] = nil
            shift(to: freed, until: row)
        }
        for column in touched { distance[column] = .max }
    }

    /// Every row on the path takes the column after it.
    private mutating func shift(to column: Int, until row: Int) {
        var column = column
        while true {
            let taker = previous[column]
            let given = columnOf[taker]
            (columnOf[taker], rowOf[column]) = (column, taker)
            guard taker != row, let given else { return }
            column = given
        }
    }
}

/// A binary heap of numbers with a value each, the least on top.
private struct Heap {
    private var items: [(key: Int, value: Int)] = []

    mutating func push(_ key: Int, _ value: Int) {
        items.append((key, value))
        var child = items.count - 1
        while child > 0, items[(child - 1) / 2].key > items[child].key {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The least that still counts; those that do not are dropped.
    mutating func pop(where counts: (_ key: Int, _ value: Int) -> Bool) -> (key: Int, value: Int)? {
        while let top = items.first {
            items.swapAt(0, items.count - 1)
            items.removeLast()
            sink()
            if counts(top.key, top.value) { return top }
        }
        return nil
    }

    private mutating func sink() {
        var parent = 0
        while 2 * parent + 1 < items.count {
            var child = 2 * parent + 1
            if child + 1 < items.count, items[child + 1].key < items[child].key { child += 1 }
            guard items[child].key < items[parent].key else { return }
            items.swapAt(child, parent)
            parent = child
        }
    }
}
