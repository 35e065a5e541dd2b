import LongTail
import Testing

@Suite struct LongTailProfileTests {
    private func counts(
        _ profile: LongTailProfile, _ classes: Int, _ maximum: Int, _ imbalance: Double
    ) throws -> [Int] {
        try profile.counts(
            classes: classes, maximum: maximum, imbalance: imbalance,
            available: Array(repeating: maximum, count: max(0, classes)))
    }

    @Test(
        "Published counts of CIFAR-10-LT",
        arguments: [
            (100.0, [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]),
            (50, [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100]),
            (10, [5000, 3871, 2997, 2320, 1796, 1391, 1077, 834, 645, 500]),
        ] as [(Double, [Int])])
    func cifar10(imbalance: Double, published: [Int]) throws {
        #expect(try counts(.exponential, 10, 5000, imbalance) == published)
    }

    @Test(
        "Published sizes of CIFAR-100-LT",
        arguments: [(200.0, 9_502, 2), (100, 10_847, 5), (50, 12_608, 10), (10, 19_573, 50)] as [(Double, Int, Int)])
    func cifar100(imbalance: Double, total: Int, last: Int) throws {
        let counts = try counts(.exponential, 100, 500, imbalance)
        #expect(counts.reduce(0, +) == total)
        #expect(counts.last == last)
        if imbalance == 100 { #expect(counts.reduce(0) { $0 + min(10, $1) } == 949) }
    }

    @Test("The exponential profile is Python's, class by class")
    func python() throws {
        struct Fixture: Decodable { let exponential: [String: [Int]] }
        for (key, expected) in try classesFixture("selection", as: Fixture.self).exponential {
            let numbers = key.split(separator: " ").compactMap { Int($0) }
            #expect(try counts(.exponential, numbers[0], numbers[1], Double(numbers[2])) == expected)
        }
    }

    @Test("The step falls in the middle; the middle class of an odd number is large")
    func step() throws {
        #expect(try counts(.step, 4, 50, 10) == [50, 50, 5, 5])
        #expect(try counts(.step, 3, 50, 10) == [50, 50, 5])
    }

    @Test("A tail of one image is not rounded away", arguments: LongTailProfile.allCases)
    func tail(profile: LongTailProfile) throws {
        for size in 1...300 { #expect(try counts(profile, 2, size, Double(size)) == [size, 1]) }
    }

    @Test("The Pareto profile has power 6 between the ends it was given")
    func pareto() throws {
        // Ratio 64 = 2^6: halfway (1 + 1/2)^-6 = 0.0878 of 6400.
        #expect(try counts(.pareto, 3, 6400, 64) == [6400, 561, 100])
        #expect(try counts(.pareto, 1000, 1280, 256).last == 5)
    }

    @Test("One class and an imbalance of 1 keep everything", arguments: LongTailProfile.allCases)
    func trivial(profile: LongTailProfile) throws {
        #expect(try counts(profile, 1, 7, 100) == [7])
        #expect(try counts(profile, 3, 7, 1) == [7, 7, 7])
    }

    @Test("Numbers that make no profile are refused", arguments: [0.5, 0, -3, .nan, .infinity])
    func imbalance(imbalance: Double) {
        #expect(throws: LongTailError.self) { try counts(.exponential, 10, 100, imbalance) }
    }

    @Test("A class left without images, or asking for more than there are, is named")
    func shortage() {
        var failure = #expect(throws: LongTailError.self) { try counts(.exponential, 2, 10, 11) }
        #expect(failure?.problem == "class 1 would keep no image at imbalance 11.0 with 10 in the largest")
        failure = #expect(throws: LongTailError.self) {
            try LongTailProfile.step.counts(classes: 2, maximum: 10, imbalance: 2, available: [10, 4])
        }
        #expect(failure?.problem == "class 1 has 4 images, but the profile asks for 5")
        #expect(throws: LongTailError.self) { try counts(.step, 0, 10, 1) }
        #expect(throws: LongTailError.self) { try counts(.step, 2, 0, 1) }
        #expect(throws: LongTailError.self) {
            try LongTailProfile.exponential.counts(classes: 2, maximum: .max, imbalance: 3, available: [1, 1])
        }
    }
}
