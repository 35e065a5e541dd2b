import Foundation
import LongTailBasics
import Synchronization

/// One call of an operator, as it went through the dispatcher.
///
/// Holds its tensors, so that identities stay unique for as long as the trace lives.
package struct TracedCall {
    /// The full name, such as "aten::add.Tensor".
    package let name: String
    /// The arguments in the schema's order; those left out had their defaults.
    package let arguments: [OperatorArgument]
    /// The results in order, lists laid out one after the other; nil for what is no tensor.
    package let results: [Tensor?]
}

/// The operator calls of one thread while some code runs.
///
/// Sees what is called from Swift, one entry a call, and not what libtorch calls within an operator.
package final class Trace {
    /// The calls so far, in order.
    package private(set) var calls: [TracedCall] = []

    /// How many threads are tracing: while none is, a call costs one look at this.
    private static let active = Atomic<Int>(0)
    private static let key = "longtail.trace"

    private init() {}

    /// Runs `body` and gives its value with the operators that it called on this thread.
    ///
    /// A trace within a trace keeps its calls from the outer one.
    package static func recording<Value>(
        _ body: () throws(LongTailError) -> Value
    ) throws(LongTailError) -> (value: Value, calls: [TracedCall]) {
        let trace = Trace()
        let thread = Thread.current.threadDictionary
        let outer = thread[key]
        thread[key] = trace
        active.add(1, ordering: .relaxed)
        defer {
            active.subtract(1, ordering: .relaxed)
            thread[key] = outer
        }
        return (try body(), trace.calls)
    }

    /// Notes a call when this thread is tracing.
    static func note(_ name: StaticString, _ arguments: [OperatorArgument], _ results: [Result]) {
        guard active.load(ordering: .relaxed) > 0, let trace = Thread.current.threadDictionary[key] as? Trace else {
            return
        }
        let tensors = results.map { result in
            if case .tensor(let tensor) = result { tensor } else { nil as Tensor? }
        }
        trace.calls.append(TracedCall(name: name.description, arguments: arguments, results: tensors))
    }
}

extension Tensor {
    /// Which tensor of libtorch this is: equal for two handles of one tensor, unique while it lives.
    package struct Identity: Hashable, Sendable {
        fileprivate let address: UInt
    }

    /// Which tensor of libtorch this is; a view of another tensor's storage is a tensor of its own.
    package var identity: Identity { Identity(address: UInt(bitPattern: handle)) }
}
