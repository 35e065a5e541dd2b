import LongTail
import Testing

@Suite struct SamplerTests {
    static let labels = (0..<137).map { [0, 0, 0, 1, 1, 3, 3, 3, 3, 4][$0 % 10] } + [5, 5, 5]
    static let samplers: [any Sampler] = [
        ShuffledSampler(count: 140), ClassAwareSampler(labels: labels, classCount: 7),
    ]

    @Test("The same seed and epoch give the same order, others give another", arguments: samplers)
    func function(sampler: any Sampler) {
        let order = sampler.order(epoch: 3, seed: 8)
        #expect(sampler.order(epoch: 3, seed: 8) == order)
        #expect(sampler.order(epoch: 4, seed: 8) != order)
        #expect(sampler.order(epoch: 3, seed: 9) != order)
    }

    @Test("Sequential is 0..<n, shuffled a permutation of it", arguments: [0, 1, 2, 500])
    func permutation(count: Int) {
        #expect(SequentialSampler(count: count).order(epoch: 1, seed: 1) == Array(0..<count))
        let order = ShuffledSampler(count: count).order(epoch: 1, seed: 1)
        #expect(order.sorted() == Array(0..<count))
        #expect(count < 3 || order != order.sorted())
        #expect(SequentialSampler(count: -1).order(epoch: 0, seed: 0).isEmpty)
        #expect(ShuffledSampler(count: -1).order(epoch: 0, seed: 0).isEmpty)
    }

    @Test("A shuffled order puts each sample first equally often")
    func uniform() {
        var first = [Int](repeating: 0, count: 5)
        for epoch in 0..<5000 { first[ShuffledSampler(count: 5).order(epoch: epoch, seed: 0)[0]] += 1 }
        // 1000 each, standard deviation 28.
        #expect(first.allSatisfy { 860...1140 ~= $0 }, "\(first)")
    }

    @Test("Class-aware: four of a class in turn, every class once a round, empty classes never")
    func rounds() {
        let sampler = ClassAwareSampler(labels: Self.labels, classCount: 7)
        let largest = Self.labels.count { $0 == 3 }
        #expect(sampler.length == largest * 7)
        let order = sampler.order(epoch: 0, seed: 2)
        #expect(order.count == sampler.length)
        let draws = stride(from: 0, to: order.count, by: 4).map { order[$0..<min($0 + 4, order.count)] }
        for draw in draws { #expect(Set(draw.map { Self.labels[$0] }).count == 1) }
        let classes = draws.compactMap { $0.first.map { Self.labels[$0] } }
        for round in stride(from: 0, through: classes.count - 5, by: 5) {
            #expect(classes[round..<round + 5].sorted() == [0, 1, 3, 4, 5])
        }
    }

    @Test("Class-aware: a class is gone through once before any of its images comes again, within a draw too")
    func cycles() {
        let sampler = ClassAwareSampler(labels: Self.labels, classCount: 7, length: 3000)
        let order = sampler.order(epoch: 0, seed: 2)
        #expect(order.count == 3000)
        for label in [0, 1, 3, 4, 5] {
            let size = Self.labels.count { $0 == label }
            let visits = order.filter { Self.labels[$0] == label }
            #expect(abs(visits.count - 600) <= 4)
            for start in stride(from: 0, through: visits.count - size, by: size) {
                #expect(Set(visits[start..<start + size]).count == size)
            }
            // Shuffled anew at each wrap: equal rounds are a matter of chance only in the smallest class.
            #expect(size < 10 || Array(visits[..<size]) != Array(visits[size..<2 * size]))
        }
    }

    @Test("Class-aware: odd inputs give short or empty orders, never a trap")
    func odd() {
        #expect(ClassAwareSampler(labels: [], classCount: 3).order(epoch: 0, seed: 0).isEmpty)
        #expect(ClassAwareSampler(labels: [7, -1], classCount: 3, length: 9).order(epoch: 0, seed: 0).isEmpty)
        #expect(ClassAwareSampler(labels: [0], classCount: -1, length: 9).order(epoch: 0, seed: 0).isEmpty)
        #expect(ClassAwareSampler(labels: [0], classCount: 1, length: -9).order(epoch: 0, seed: 0).isEmpty)
        #expect(
            ClassAwareSampler(labels: [0, 1], classCount: 2, imagesPerDraw: 0, length: 4).order(epoch: 0, seed: 0).count
                == 4)
    }
}
