import LongTail
import Testing

@Suite struct PairedComparisonTests {
    private func predictions(_ targets: [Int32], _ predicted: [Int32], classes: Int) throws -> PredictionTable {
        try PredictionTable(
            classNames: (0..<classes).map { "c\($0)" }, targets: targets, predicted: predicted,
            confidence: Array(repeating: 0.5, count: targets.count))
    }

    @Test("A model compared with itself differs by nothing, without a star")
    func itself() throws {
        let targets = (0..<300).map { Int32($0 % 3) }
        let table = try predictions(targets, (0..<300).map { Int32(($0 * $0 / 7) % 3) }, classes: 3)
        for difference in try PairedComparison(table, table, groups: nil, seed: 1).differences.values {
            #expect(difference.value == 0)
            #expect(difference.replication.contains(0))
            #expect(!difference.isSignificant)
        }
    }

    @Test("Swapping the models swaps the sign of what is compared")
    func swapped() throws {
        let targets = (0..<400).map { Int32($0 % 2) }
        let good = try predictions(targets, targets.enumerated().map { $0 % 10 == 0 ? 1 - $1 : $1 }, classes: 2)
        let bad = try predictions(targets, targets.enumerated().map { $0 % 3 == 0 ? 1 - $1 : $1 }, classes: 2)
        let up = try #require(try PairedComparison(bad, good, groups: nil, seed: 1).differences[.accuracy])
        let down = try #require(try PairedComparison(good, bad, groups: nil, seed: 1).differences[.accuracy])
        #expect(up.value == -down.value)
        #expect(try #require(up.population).lower > 0)
        #expect(try #require(down.population).upper < 0)
        #expect(up.isSignificant && down.isSignificant)
    }

    @Test("Without 20 images of every class there is no star, however large the difference")
    func unknown() throws {
        let targets = (0..<38).map { Int32($0 % 2) }
        let good = try predictions(targets, targets, classes: 2)
        let bad = try predictions(targets, targets.map { 1 - $0 }, classes: 2)
        let found = try #require(try PairedComparison(bad, good, groups: nil, seed: 1).differences[.accuracy])
        #expect(found.population == nil && !found.isSignificant && found.replication.lower > 0.5)
    }

    @Test("Other images cannot be compared in pairs")
    func otherImages() throws {
        let first = try predictions([0, 1], [0, 1], classes: 2)
        let second = try predictions([1, 0], [0, 1], classes: 2)
        #expect(throws: LongTailError.self) { try PairedComparison(first, second, groups: nil, seed: 1) }
        #expect(throws: LongTailError.self) { try ClassChanges(first, second) }
    }
}
