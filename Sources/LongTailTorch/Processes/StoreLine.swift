import Dispatch
import LongTailBasics
import Synchronization

/// A connection to the store that never keeps the process waiting for longer than it has patience: a store that was cut off answers
/// nothing, and libtorch's client then waits as long as the system's network does, a quarter of an hour.
final class StoreLine: Sendable {
    private let store: Store
    private let seconds: Double
    private let queue = DispatchQueue(label: "longtail.store")
    private let isDead = Mutex(false)

    init(_ store: Store, seconds: Double) { (self.store, self.seconds) = (store, seconds) }

    /// What `body` makes of the store, on a thread of its own.
    ///
    /// - Throws: What it throws; `.network` when the store does not answer in time, and from then on at once.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (Store) throws(LongTailError) -> Value
    ) throws(LongTailError) -> Value {
        guard !isDead.withLock({ $0 }) else { throw silence }
        guard let value = try inTime(seconds, on: queue, { [store] () throws(LongTailError) in try body(store) }) else {
            isDead.withLock { $0 = true }
            throw silence
        }
        return value
    }

    private var silence: LongTailError {
        LongTailError(
            .network, "the meeting's store at \(store.place) has not answered for \(Int(seconds)) s",
            remedy: "Is its machine reachable? Wait longer with \(Wording.option("collective-timeout", "1200")).")
    }
}
