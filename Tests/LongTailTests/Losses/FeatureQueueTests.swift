import LongTail
import TestSupport
import Testing

@testable import LongTailExperiments
@testable import LongTailImbalance
@testable import LongTailRecipeCoding
@testable import LongTailTraining

@Suite struct FeatureQueueTests {
    private func queue(_ capacity: Int, seed: UInt64 = 1) throws(LongTailError) -> FeatureQueue {
        var draw = WeightInitializer(seed: seed)
        return try FeatureQueue(capacity: capacity, dimension: 2, classes: 4, &draw)
    }

    private func enqueue(_ queue: FeatureQueue, _ numbers: ClosedRange<Int>) throws(LongTailError) {
        let features = numbers.flatMap { [Float($0), -Float($0)] }
        try queue.enqueue(Tensor(features, shape: [numbers.count, 2]), Tensor(Array(numbers)))
    }

    @Test("It begins with unit vectors of every label, as a function of the seed")
    func beginning() throws {
        let (features, labels) = try queue(400).contents()
        for length in try features.norm(1).array(of: Double.self) { #expect(abs(length - 1) < 1e-5) }
        let found = try labels.array(of: Int.self)
        // 100 each, standard deviation 8.7.
        for label in 0..<4 { #expect(65...135 ~= found.count { $0 == label }) }
        #expect(try queue(400).contents().features.host() == features.host())
        #expect(try queue(400, seed: 2).contents().features.host() != features.host())
    }

    @Test("The oldest entries are overwritten, around the end too, and full batches fill it")
    func ring() throws {
        let queue = try queue(5)
        try enqueue(queue, 11...13)
        #expect(try Array(queue.contents().labels.array(of: Int.self)[..<3]) == [11, 12, 13])
        try enqueue(queue, 14...17)
        #expect(try queue.contents().labels.array(of: Int.self) == [16, 17, 13, 14, 15])
        #expect(try queue.contents().features.array() == [16, -16, 17, -17, 13, -13, 14, -14, 15, -15] as [Float])
        try enqueue(queue, 21...25)
        #expect(try queue.contents().labels.array(of: Int.self) == [24, 25, 21, 22, 23])
        try enqueue(queue, 31...33)
        #expect(try queue.contents().labels.array(of: Int.self) == [24, 25, 31, 32, 33])
        try enqueue(queue, 41...41)
        #expect(try queue.contents().labels.array(of: Int.self) == [41, 25, 31, 32, 33])
    }

    @Test("A saved queue goes on where it was; names are those of PaCo's checkpoints")
    func saved() throws {
        let queue = try queue(5)
        try enqueue(queue, 11...13)
        let state = try queue.stateDict()
        #expect(Array(state.keys) == ["queue", "queue_l", "queue_ptr"])
        let other = try self.queue(5, seed: 3)
        try other.load(state)
        try enqueue(queue, 14...17)
        try enqueue(other, 14...17)
        #expect(try queue.stateDict() == other.stateDict())
        // A pointer that no ring has.
        var odd = state
        odd["queue_ptr"] = HostTensor(integers: [-1], shape: [1], dtype: .int64)
        try other.load(odd)
        try enqueue(other, 50...51)
        #expect(try other.contents().labels.array(of: Int.self)[4] == 50)
    }

    @Test("No gradient passes, and what was read before does not change")
    func detached() throws {
        let queue = try queue(5)
        let before = try queue.contents()
        let copy = try before.features.host()
        let features = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        try features.setRequiresGrad(true)
        try queue.enqueue(features.mul(2), Tensor([0, 1]))
        #expect(try before.features.host() == copy)
        #expect(try !queue.contents().features.requiresGrad)
    }

    @Test("Batches that do not fit are refused, an empty one changes nothing")
    func misfits() throws {
        let queue = try queue(5)
        let state = try queue.stateDict()
        #expect(refusal { () throws in try enqueue(queue, 1...6) } != nil)
        #expect(
            refusal { () throws in
                try queue.enqueue(Tensor([1, 2, 3] as [Float], shape: [1, 3]), Tensor([0]))
            } != nil)
        #expect(
            refusal { () throws in
                try queue.enqueue(Tensor([1, 2] as [Float], shape: [1, 2]), Tensor([0, 1]))
            } != nil)
        try queue.enqueue(Tensor([Float](), shape: [0, 2]), Tensor([Int]()))
        #expect(try queue.stateDict() == state)
        #expect(refusal { () throws in _ = try self.queue(0) } != nil)
    }
}
