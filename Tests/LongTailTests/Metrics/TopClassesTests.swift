import LongTail
import Testing

@Suite struct TopClassesTests {
    @Test("The five best are those of a stable sort, the lowest label first among equals", arguments: [1, 3, 5, 6, 40])
    func sorted(classes: Int) {
        var top = TopClasses(classes: classes)
        for seed in 0..<50 {
            let row = (0..<classes).map { Float(($0 * 7 + seed * seed + $0 * $0 * seed) % 6) }
            row.withUnsafeBufferPointer { top.add($0) }
            let order = row.indices.sorted { (-row[$0], $0) < (-row[$1], $1) }.prefix(5)
            #expect(top.labels.suffix(top.width) == order.map(Int32.init)[...])
            #expect(top.scores.suffix(top.width) == order.map { row[$0] }[...])
        }
        #expect(top.best.count == 50 && top.bestScores.count == 50)
    }
}
