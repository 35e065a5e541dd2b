import Dispatch
import LongTailBasics
import Synchronization

/// What `body` makes of each draw's own random numbers, so that threads share the draws and change nothing.
///
/// - Parameters:
///   - count: How many draws.
///   - seed: The same seed gives the same draws.
///   - epoch: Different ones give independent draws.
///   - body: Gets the draw's number, from 0, and its random numbers.
func parallelDraws<Value: Sendable>(
    _ count: Int, seed: UInt64, epoch: Int, _ body: @Sendable (Int, inout CounterRandom) -> Value
) -> [Value] {
    let found = Mutex([Value?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { draw in
        var random = CounterRandom(seed: seed, purpose: .testSets, epoch: epoch, index: draw + 1)
        let value = body(draw, &random)
        found.withLock { $0[draw] = value }
    }
    return found.withLock { $0.compactMap(\.self) }
}
