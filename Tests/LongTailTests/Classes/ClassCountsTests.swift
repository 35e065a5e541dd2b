import Foundation
import LongTail
import Testing

@Suite struct ClassCountsTests {
    @Test("Order, imbalance and prior of counts worked out by hand")
    func byHand() throws {
        let counts = try ClassCounts(names: ["a", "b", "c", "d"], counts: [20, 150, 0, 20])
        #expect(counts.total == 190)
        #expect(counts.order == [1, 0, 3, 2])
        #expect(counts.imbalance == 7.5)
        #expect((counts.maximum, counts.minimum) == (150, 20))
        #expect(abs(counts.logPrior[0] - log(2.0 / 19)) < 1e-15)
        #expect(counts.logPrior[2] == -.infinity)
        #expect(try counts.groups() == [.medium, .many, .few, .medium])
        #expect(try counts.groups(.fixed(many: 2, medium: 1)) == [.many, .many, .few, .medium])
    }

    @Test("The threshold rule counts 100 and 20 as medium")
    func borders() throws {
        let counts = try ClassCounts(names: ["a", "b", "c", "d"], counts: [101, 100, 20, 19])
        #expect(try counts.groups() == [.many, .medium, .medium, .few])
    }

    @Test("Counts from labels; a label out of range is named")
    func labels() throws {
        #expect(try ClassCounts(names: ["a", "b"], labels: [1, 1, 0, 1]).counts == [1, 3])
        let failure = #expect(throws: LongTailError.self) { try ClassCounts(names: ["a", "b"], labels: [0, 2]) }
        #expect(failure?.problem == "image 1 has the label 2, which is not in 0..<2")
        #expect(throws: LongTailError.self) { try ClassCounts(names: ["a", "b"], labels: [-1]) }
    }

    @Test("An empty class is refused by name")
    func empty() throws {
        let counts = try ClassCounts(names: ["ant", "bee", "cat"], counts: [3, 0, 0])
        let failure = #expect(throws: LongTailError.self) { try counts.requireNoEmptyClass(for: "cRT") }
        #expect(
            failure?.problem
                == "class 1 (\"bee\") has no training image (and 1 more), and cRT needs one of every class")
        try ClassCounts(names: ["ant"], counts: [3]).requireNoEmptyClass(for: "cRT")
    }

    @Test(
        "Impossible counts are refused, decoded ones too",
        arguments: [
            #"{"names":[],"counts":[]}"#, #"{"names":["a"],"counts":[1,2]}"#, #"{"names":["a"],"counts":[-1]}"#,
            #"{"names":["a","a"],"counts":[1,2]}"#,
            #"{"names":["a","b"],"counts":[9223372036854775807,9223372036854775807]}"#,
        ])
    func impossible(text: String) {
        #expect(throws: LongTailError.self) { try JSONDecoder().decode(ClassCounts.self, from: Data(text.utf8)) }
    }

    @Test(
        "Fixed groups that do not fit are refused",
        arguments: [(-1, 1), (1, -1), (2, 2), (.max, .max), (4, 0)])
    func groupSizes(many: Int, medium: Int) throws {
        let counts = try ClassCounts(names: ["a", "b", "c"], counts: [1, 2, 3])
        #expect(throws: LongTailError.self) { try counts.groups(.fixed(many: many, medium: medium)) }
    }

    @Test(
        "The rule gives the published group sizes of CIFAR-100-LT",
        arguments: [(100.0, 35, 35), (50, 41, 41), (10, 69, 31)] as [(Double, Int, Int)])
    func published(imbalance: Double, many: Int, medium: Int) throws {
        let sizes = try LongTailProfile.exponential.counts(
            classes: 100, maximum: 500, imbalance: imbalance, available: Array(repeating: 500, count: 100))
        let groups = try ClassCounts(names: (0..<100).map(String.init), counts: sizes).groups()
        #expect(groups.count { $0 == .many } == many)
        #expect(groups.count { $0 == .medium } == medium)
    }
}
