import LongTailBasics
import LongTailSerialization
import LongTailTorch

/// What a piece of inference did for two batches of different size and content.
///
/// Two, because what differs between them depends on the batch: a size becomes free, and anything else that differs
/// came from outside the operators, which a file cannot repeat.
struct TracedModel {
    /// Each call with both batches.
    let calls: [(first: TracedCall, second: TracedCall)]
    /// The batches.
    let input: (first: Tensor, second: Tensor)
    /// The named results.
    let outputs: [(name: String, first: Tensor, second: Tensor)]

    /// Images of the two batches; not 1, which would broadcast.
    static let sizes = (first: 2, second: 3)

    /// Runs `body` on batches of `shape` (C, H, W).
    init(
        _ shape: [Int], _ body: (Tensor) throws(LongTailError) -> [(name: String, tensor: Tensor)]
    ) throws(LongTailError) {
        input = (try Self.images(Self.sizes.first, shape), try Self.images(Self.sizes.second, shape))
        let images = input
        let first = try withoutGradients { () throws(LongTailError) in
            try Trace.recording { () throws(LongTailError) in try body(images.first) }
        }
        let second = try withoutGradients { () throws(LongTailError) in
            try Trace.recording { () throws(LongTailError) in try body(images.second) }
        }
        guard first.calls.map(\.name) == second.calls.map(\.name),
            first.value.map(\.name) == second.value.map(\.name)
        else {
            throw LongTailError(.engine, "the network takes another path for another batch, which a file cannot hold")
        }
        calls = zip(first.calls, second.calls).map { ($0, $1) }
        outputs = zip(first.value, second.value).map { ($0.name, $0.tensor, $1.tensor) }
    }

    /// Numbers in [−1, 1), different in every batch.
    private static func images(_ count: Int, _ shape: [Int]) throws(LongTailError) -> Tensor {
        var random = CounterRandom(seed: UInt64(count), purpose: .weights, index: 0)
        let size = shape.reduce(count, *)
        return try Tensor((0..<size).map { _ in Float(random.uniform(-1..<1)) }, shape: [count] + shape)
    }
}
