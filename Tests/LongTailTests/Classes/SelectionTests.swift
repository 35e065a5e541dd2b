import LongTail
import Testing

@Suite struct SelectionTests {
    private struct Fixture: Decodable {
        let start: [Int]
        let counts: [Int]
        let kept: [Int]
        let hash: String
    }

    private let labels = (0..<3000).map { ($0 * 7 + $0 / 11) % 5 }

    @Test("numpy-0 keeps what numpy keeps, image for image, and the list has Python's hash")
    func numpy() throws {
        let fixture = try classesFixture("selection", as: Fixture.self)
        let kept = try SubsetSelection.numpy0.kept(labels: labels, counts: fixture.counts, seed: 5)
        #expect(kept == fixture.kept)
        #expect(listHash(kept.map { ("\($0)", labels[$0]) }) == fixture.hash)
        let start = try SubsetSelection.numpy0.kept(labels: Array(repeating: 0, count: 500), counts: [8], seed: 0)
        #expect(start == [90, 254, 283, 445, 461, 15, 316, 489])
        #expect(start == fixture.start)
    }

    @Test("first keeps the first of each class in record order")
    func first() throws {
        #expect(try SubsetSelection.first.kept(labels: [1, 0, 1, 0, 1], counts: [1, 2], seed: 0) == [0, 1, 2])
    }

    @Test("seeded keeps the counts, in record order, the same for a seed and others for another")
    func seeded() throws {
        let counts = [100, 50, 20, 10, 5]
        let kept = try SubsetSelection.seeded.kept(labels: labels, counts: counts, seed: 1)
        #expect(kept == kept.sorted())
        #expect((0..<5).map { label in kept.count { labels[$0] == label } } == counts)
        #expect(try SubsetSelection.seeded.kept(labels: labels, counts: counts, seed: 1) == kept)
        #expect(try SubsetSelection.seeded.kept(labels: labels, counts: counts, seed: 2) != kept)
        #expect(try SubsetSelection.first.kept(labels: labels, counts: counts, seed: 1) != kept)
    }

    @Test("Classes of the same size are drawn apart from each other")
    func apart() throws {
        let labels = (0..<100).map { $0 % 2 }
        let kept = try SubsetSelection.seeded.kept(labels: labels, counts: [10, 10], seed: 1)
        #expect(kept.filter { $0 % 2 == 0 }.map { $0 / 2 } != kept.filter { $0 % 2 == 1 }.map { $0 / 2 })
        let subset = try BalancedSubset.draw(
            labels: labels, names: ["a", "b"], imagesPerClass: 10, member: 0, seed: 1
        ).indices
        #expect(subset.prefix(10).map { $0 / 2 } != subset.suffix(10).map { $0 / 2 })
        let split = try ValidationSplit.draw(labels: labels, names: ["a", "b"], imagesPerClass: 10, seed: 1).validation
        #expect(split.filter { $0 % 2 == 0 }.map { $0 / 2 } != split.filter { $0 % 2 == 1 }.map { $0 / 2 })
    }

    @Test("Asking for more images than a class has is refused", arguments: SubsetSelection.allCases)
    func shortage(selection: SubsetSelection) {
        #expect(throws: LongTailError.self) { try selection.kept(labels: [0, 0, 1], counts: [1, 2], seed: 0) }
        #expect(throws: LongTailError.self) { try selection.kept(labels: [0, 0, 1], counts: [1, -1], seed: 0) }
        #expect(throws: LongTailError.self) { try selection.kept(labels: [0, 2], counts: [1, 0], seed: 0) }
    }

    @Test("The hash knows the images, their order and their labels")
    func hash() {
        let hashes = [
            listHash([("0", 0), ("1", 1)]), listHash([("1", 1), ("0", 0)]), listHash([("0", 1), ("1", 1)]),
            listHash([("0", 0), ("7", 1)]),
        ]
        #expect(Set(hashes).count == 4)
    }
}
