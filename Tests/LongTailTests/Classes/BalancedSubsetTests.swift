import LongTail
import Testing

@Suite struct BalancedSubsetTests {
    private let names = ["ant", "bee", "cat"]
    private let labels = Array(repeating: 0, count: 40) + Array(repeating: 1, count: 12) + [2, 2, 2]

    private func draw(
        _ count: Int, member: Int = 0, seed: UInt64 = 3, _ policy: ShortClassPolicy = .keep
    ) throws -> BalancedSubset {
        try .draw(
            labels: labels, names: names, imagesPerClass: count, member: member, seed: seed, shortClasses: policy)
    }

    private func sizes(_ indices: [Int]) -> [Int] { (0..<3).map { label in indices.count { labels[$0] == label } } }

    @Test("Every class gives N_C different images; a short one gives what it has and is named")
    func keep() throws {
        let subset = try draw(10)
        #expect(sizes(subset.indices) == [10, 10, 3])
        #expect(Set(subset.indices).count == 23)
        #expect(subset.shortClasses.map(\.label) == [2])
        #expect(subset.shortClasses.map(\.have) == [3])
        #expect(try draw(3).shortClasses.isEmpty)
    }

    @Test("repeat goes through a short class again until there are N_C")
    func repeats() throws {
        let subset = try draw(10, .repeat)
        #expect(sizes(subset.indices) == [10, 10, 10])
        let times = Dictionary(grouping: subset.indices.filter { labels[$0] == 2 }) { $0 }.mapValues(\.count)
        #expect(times.values.sorted() == [3, 3, 4])
        #expect(subset.shortClasses.count == 1)
    }

    @Test("refuse names the short class")
    func refuse() throws {
        let failure = #expect(throws: LongTailError.self) { try draw(10, .refuse) }
        #expect(failure?.problem == "class 2 (\"cat\") has 3 images, fewer than 10")
        _ = try draw(3, .refuse)
    }

    @Test("An empty class is kept as empty, and cannot be repeated")
    func empty() throws {
        let subset = try BalancedSubset.draw(
            labels: [0], names: ["a", "b"], imagesPerClass: 2, member: 0, seed: 0, shortClasses: .keep)
        #expect(subset.shortClasses.map(\.have) == [1, 0])
        #expect(throws: LongTailError.self) {
            try BalancedSubset.draw(
                labels: [0], names: ["a", "b"], imagesPerClass: 2, member: 0, seed: 0, shortClasses: .repeat)
        }
        #expect(throws: LongTailError.self) { try draw(0) }
    }

    @Test("Members and seeds differ, and each is the same when drawn again")
    func seeds() throws {
        #expect(try draw(10) == draw(10))
        #expect(try draw(10).indices != draw(10, member: 1).indices)
        #expect(try draw(10).indices != draw(10, seed: 4).indices)
    }

    @Test("The union is b and those of a that b lacks, each once")
    func union() throws {
        let (a, b) = (try draw(10, .repeat), try draw(10, member: 1, .repeat))
        let union = BalancedSubset.union(a, b)
        #expect(Set(union).count == union.count)
        #expect(Set(union) == Set(a.indices).union(b.indices))
        let fromB = Set(b.indices)
        let boundary = try #require(union.firstIndex { !fromB.contains($0) })
        #expect(union[..<boundary].count == fromB.count)
        #expect(union[boundary...].allSatisfy { !fromB.contains($0) })
        #expect(BalancedSubset.union(a, a).count == Set(a.indices).count)
    }
}

@Suite struct ValidationSplitTests {
    private let labels = (0..<60).map { $0 % 3 }

    @Test("Each class gives up n images; both parts together are everything")
    func parts() throws {
        let split = try ValidationSplit.draw(labels: labels, names: ["a", "b", "c"], imagesPerClass: 4, seed: 1)
        #expect((0..<3).map { label in split.validation.count { labels[$0] == label } } == [4, 4, 4])
        #expect((split.training + split.validation).sorted() == Array(0..<60))
        #expect(split.training == split.training.sorted())
        #expect(try ValidationSplit.draw(labels: labels, names: ["a", "b", "c"], imagesPerClass: 4, seed: 2) != split)
    }

    @Test("A class that would keep nothing is named; zero is always possible")
    func empty() throws {
        let failure = #expect(throws: LongTailError.self) {
            try ValidationSplit.draw(labels: [0, 0, 0, 1, 1], names: ["ant", "bee"], imagesPerClass: 2, seed: 1)
        }
        #expect(
            failure?.problem
                == "class 1 (\"bee\") has 2 images and would keep none after giving up 2 for validation")
        #expect(failure?.remedy == "Give up at most 1 a class.")
        let none = try ValidationSplit.draw(labels: [0], names: ["ant", "bee"], imagesPerClass: 0, seed: 1)
        #expect(none.training == [0])
    }
}
