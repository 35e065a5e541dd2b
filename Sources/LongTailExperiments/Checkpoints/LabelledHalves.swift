import LongTailImbalance

/// Predictions on labelled images, parted within each class.
struct LabelledHalves {
    let whole: Confusions
    let first: Confusions
    let second: Confusions

    /// Every other image of a class; those of classes with a single image go to the halves in turn.
    init(_ predictions: PredictionTable) {
        let classes = predictions.classNames.count
        var (all, one, two) = (Confusions(classes), Confusions(classes), Confusions(classes))
        var seen = [Int](repeating: 0, count: classes)
        var turn = 0
        let totals = predictions.targets.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
        for (target, predicted) in zip(predictions.targets, predictions.predicted) {
            let (label, row) = (Int(target), Int(predicted))
            // The larger half of a class goes to either half in turn, too.
            if seen[label] == 0, totals[label] % 2 == 1 { turn += 1 }
            let isSecond = (seen[label] + (totals[label] % 2 == 1 ? turn : 0)) % 2 == 1
            seen[label] += 1
            all.add(label, row)
            if isSecond { two.add(label, row) } else { one.add(label, row) }
        }
        (whole, first, second) = (all, one, two)
    }
}

/// How often images of each class were given each label; only what occurs is kept.
struct Confusions {
    private var counts: [[Int: Int]]
    private var totals: [Int]

    init(_ classes: Int) {
        counts = Array(repeating: [:], count: classes)
        totals = Array(repeating: 0, count: classes)
    }

    mutating func add(_ label: Int, _ row: Int) {
        counts[label][row, default: 0] += 1
        totals[label] += 1
    }

    /// Classes with images.
    private var present: Int { totals.count { $0 > 0 } }

    /// The mean over classes with images of the share that is given the class's row.
    func recall(_ rows: [Int]) -> Double {
        let shares = rows.indices.filter { totals[$0] > 0 }.map {
            Double(counts[$0][rows[$0]] ?? 0) / Double(totals[$0])
        }
        return shares.reduce(0, +) / Double(max(1, shares.count))
    }

    /// Whether some classes' recall gains by other rows with a 95 % interval above zero.
    ///
    /// An image counts for its class's share. Without a difference each gain or loss is as likely either way, so that the
    /// gain's variance is the sum of the squares of what the images that changed weigh: four equal gains and no loss pass.
    ///
    /// - Parameters:
    ///   - rows: The rows to be tried.
    ///   - other: What they are compared with; the rows as they stand by default.
    ///   - labels: The classes that are looked at; all by default.
    func believes(_ rows: [Int], over other: [Int]? = nil, on labels: [Int]? = nil) -> Bool {
        var (gain, variance) = (0.0, 0.0)
        for label in labels ?? Array(rows.indices) where totals[label] > 0 {
            let (new, old) = (rows[label], other?[label] ?? label)
            guard new != old else { continue }
            let weight = 1 / Double(totals[label])
            let (won, lost) = (Double(counts[label][new] ?? 0), Double(counts[label][old] ?? 0))
            gain += weight * (won - lost)
            variance += weight * weight * (won + lost)
        }
        return gain > 1.96 * variance.squareRoot()
    }

    /// The rows that make the mean recall highest, less exchanges that few images ask for.
    ///
    /// Classes whose row nothing was taken for, and rows that were never given, keep their places where both are free.
    func best(from start: [Int]) -> [Int] {
        // Of equal gains, the one that leaves a class its row.
        let unit = 1 << 40
        let table = counts.indices.map { label in
            counts[label].map { row, count in
                Assignment.Cell(
                    column: row, gain: count * (unit / max(1, totals[label])) + (row == start[label] ? 1 : 0))
            }.sorted { $0.column < $1.column }
        }
        let found = Assignment.best(table, columns: counts.count)
        var rows = Self.whole(found, start)
        for exchange in Self.exchanges(from: start, to: rows)
        where !believes(rows, over: start, on: exchange) {
            for label in exchange { rows[label] = start[label] }
        }
        return rows
    }

    /// Rows for classes that have none: their own where it is free, else what is left over, in order.
    private static func whole(_ found: [Int?], _ start: [Int]) -> [Int] {
        var taken = [Bool](repeating: false, count: found.count)
        for case let row? in found { taken[row] = true }
        var rows = found
        for label in rows.indices where rows[label] == nil && !taken[start[label]] {
            rows[label] = start[label]
            taken[start[label]] = true
        }
        var left = taken.indices.filter { !taken[$0] }.makeIterator()
        return rows.indices.map { rows[$0] ?? left.next() ?? start[$0] }
    }

    /// Classes that exchange rows among themselves, each set by itself.
    private static func exchanges(from start: [Int], to rows: [Int]) -> [[Int]] {
        var owner = [Int](repeating: 0, count: start.count)
        for (label, row) in start.enumerated() { owner[row] = label }
        var isSeen = [Bool](repeating: false, count: start.count)
        var sets: [[Int]] = []
        for first in rows.indices where !isSeen[first] {
            var (set, label) = ([Int](), first)
            while !isSeen[label] {
                isSeen[label] = true
                set.append(label)
                label = owner[rows[label]]
            }
            if set.count > 1 { sets.append(set) }
        }
        return sets
    }
}
