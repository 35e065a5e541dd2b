import Dispatch
import LongTailBasics
import Synchronization

/// What `body` gives, if it does so in time: calls of libtorch that talk to others may wait as long as the system's network does.
///
/// - Parameters:
///   - seconds: How long is waited. A body that takes longer goes on, and nobody hears of it.
///   - queue: Where it works.
/// - Returns: nil when it takes longer.
func inTime<Value: Sendable>(
    _ seconds: Double, on queue: DispatchQueue, _ body: @escaping @Sendable () throws(LongTailError) -> Value
) throws(LongTailError) -> Value? {
    let (done, found) = (DispatchSemaphore(value: 0), Box<Swift.Result<Value, LongTailError>>())
    queue.async {
        let result: Swift.Result<Value, LongTailError>
        do throws(LongTailError) { result = .success(try body()) } catch { result = .failure(error) }
        found.value.withLock { $0 = result }
        done.signal()
    }
    guard done.wait(timeout: .now() + seconds) == .success else { return nil }
    return try found.value.withLock { $0 }?.get()
}

private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
