import Foundation
import LongTail
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

struct ClassOrderTests {
    private struct Case: Decodable {
        let name: String
        let counts: [Int]
        let order: [Int]
    }

    @Test("numpy-1 has every position of numpy's argsort without vector instructions (scripts/fixtures/order.py)")
    func numpy() throws {
        let cases = try classesFixture("order", as: [Case].self)
        #expect(cases.count == 13)
        for example in cases {
            #expect(ClassOrder(example.counts, .numpy1).classes == example.order, "\(example.name)")
        }
    }

    @Test("Every rule but list sorts, and gives each class one rank", arguments: ClassOrder.Rule.allCases)
    func sorts(_ rule: ClassOrder.Rule) {
        for length in [0, 1, 2, 15, 16, 17, 18, 100, 1000] {
            let counts = (0..<length).map { ($0 * 7919) % 61 }
            let order = ClassOrder(counts, rule)
            #expect(order.classes.sorted() == Array(counts.indices))
            #expect(order.ranks.enumerated().allSatisfy { order.classes[$0.element] == $0.offset })
            guard rule != .list else { continue }
            let sorted = order.classes.map { counts[$0] }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0 >= $1 })
        }
    }

    @Test("stable keeps ties by label, and is the house's order") func stable() throws {
        let counts = [3, 9, 3, 9, 1]
        #expect(ClassOrder(counts).classes == [1, 3, 0, 2, 4])
        let own = try ClassCounts(names: ["a", "b", "c", "d", "e"], counts: counts)
        #expect(own.order == ClassOrder(counts).classes)
        #expect(ClassOrder.ties(counts) == [[1, 3], [0, 2]])
    }
}
