/// The assignment problem: each row gets a column of its own.
enum Assignment {
    /// The columns of rows 0, 1, … whose gains add up to the most (Kuhn 1955, Munkres 1957), in O(n³).
    ///
    /// - Parameter gains: n×n, each at most 2⁴⁰ in size.
    static func best(_ gains: [[Int]]) -> [Int] {
        let count = gains.count
        // Shortest augmenting paths with potentials; row and column 0 are those of no partner.
        var (rowPotential, columnPotential) = (
            [Int](repeating: 0, count: count + 1), [Int](repeating: 0, count: count + 1)
        )
        var rowOf = [Int](repeating: 0, count: count + 1)
        for row in 0..<count {
            rowOf[0] = row + 1
            var column = 0
            var slack = [Int](repeating: .max, count: count + 1)
            var previous = [Int](repeating: 0, count: count + 1)
            var isUsed = [Bool](repeating: false, count: count + 1)
            repeat {
                isUsed[column] = true
                let own = rowOf[column]
                var (least, next) = (Int.max, 0)
                for other in 1...count where !isUsed[other] {
                    let cost = -gains[own - 1][other - 1] - rowPotential[own] - columnPotential[other]
                    if cost < slack[other] { (slack[other], previous[other]) = (cost, column) }
                    if slack[other] < least { (least, next) = (slack[other], other) }
                }
                for other in 0...count {
                    if isUsed[other] {
                        rowPotential[rowOf[other]] += least
                        columnPotential[other] -= least
                    } else if slack[other] != .max {
                        slack[other] -= least
                    }
                }
                column = next
            } while rowOf[column] != 0
            while column != 0 {
                rowOf[column] = rowOf[previous[column]]
                column = previous[column]
            }
        }
        var columns = [Int](repeating: 0, count: count)
        for column in 1..<count + 1 { columns[rowOf[column] - 1] = column - 1 }
        return columns
    }
}
