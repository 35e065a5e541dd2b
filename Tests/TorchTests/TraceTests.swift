import Foundation
import LongTail
import Testing

@testable import LongTailTorch

@Suite struct TraceTests {
    @Test("Calls are recorded in order with their tensors, and only while recording") func calls() throws {
        let x = try Tensor([1.0, -2])
        let (value, calls) = try Trace.recording { () throws(LongTailError) in try x.add(1).relu_() }
        _ = try x.neg()
        #expect(calls.map(\.name) == ["aten::add.Scalar", "aten::relu_"])
        guard case .tensor(let first)? = calls[0].arguments.first, let sum = calls[0].results[0] else {
            Issue.record("no tensor went into add")
            return
        }
        #expect(first.identity == x.identity)
        // In place: what comes out is the very tensor that went in.
        #expect(calls[1].results[0]?.identity == sum.identity)
        #expect(value.identity == sum.identity)
        #expect(value.identity != x.identity)
    }

    @Test("A trace within a trace keeps its calls, and a failure ends it") func nested() throws {
        let x = try Tensor([1.0])
        let outer = try Trace.recording { () throws(LongTailError) in
            _ = try x.neg()
            let inner = try Trace.recording { () throws(LongTailError) in try x.add(1) }
            _ = try? Trace.recording { () throws(LongTailError) in try x.reshape([5]) }
            _ = try x.mul(2)
            return inner.calls.map(\.name)
        }
        #expect(outer.value == ["aten::add.Scalar"])
        #expect(outer.calls.map(\.name) == ["aten::neg", "aten::mul.Scalar"])
    }

    @Test("Other threads are not recorded") func threads() throws {
        let trace = try Trace.recording { () throws(LongTailError) in
            let done = DispatchSemaphore(value: 0)
            let thread = Thread {
                _ = try? Tensor([1.0]).neg()
                done.signal()
            }
            thread.start()
            done.wait()
            return try Tensor([1.0]).add(1)
        }
        #expect(trace.calls.map(\.name) == ["aten::add.Scalar"])
    }
}
