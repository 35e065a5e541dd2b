import LongTail
import TestSupport
import Testing

@testable import LongTailTorch

@Suite struct CallTests {
    @Test("Arguments that are left out take the schema's defaults") func defaults() throws {
        let (a, b) = (try Tensor([1.0, 2]), try Tensor([10.0, 20]))
        #expect(try call("aten::add.Tensor", .tensor(a), .tensor(b)).array() == [11.0, 22])
        #expect(try call("aten::add.Tensor", .tensor(a), .tensor(b), .byDefault).array() == [11.0, 22])
        #expect(try call("aten::add.Tensor", .tensor(a), .tensor(b), .int(2)).array() == [21.0, 42])
        // flatten(start_dim: 0, end_dim: -1)
        #expect(try call("aten::flatten.using_ints", .tensor(Tensor([1, 2, 3, 4], shape: [2, 2]))).shape == [4])
    }

    @Test("Several results, lists and numbers come back in order") func results() throws {
        let x = try Tensor([3.0, 1, 2])
        let sorted = try callAll("aten::sort", [.tensor(x)])
        guard sorted.count == 2, case .tensor(let values) = sorted[0], case .tensor(let places) = sorted[1] else {
            Issue.record("sort gave \(sorted.count) results")
            return
        }
        #expect(try values.array() == [1.0, 2, 3])
        #expect(try places.array() == [1, 2, 0])
        let parts = try callAll("aten::split.Tensor", [.tensor(x), .int(1)])
        #expect(parts.count == 3)
        // What does not fit is given back to libtorch, not handed out.
        #expect(try callAll("aten::split.Tensor", capacity: 2, [.tensor(x), .int(1)]).count == 2)
        guard
            case .number(1)? = try callAll("aten::size.int", [.tensor(Tensor([4, 5], shape: [1, 2])), .int(0)]).first
        else {
            Issue.record("size gave no number")
            return
        }
    }

    @Test("What libtorch refuses is a failure that names operator, reason and what was given, and work goes on")
    func refusals() throws {
        let (a, b) = (try Tensor.zeros([2, 3]), try Tensor.zeros([4, 5]))
        let product = try #require(failure { () throws(LongTailError) in _ = try a.matmul(b) })
        #expect(product.kind == .engine)
        #expect(
            product.problem.hasPrefix("aten::matmul failed: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"))
        #expect(product.remedy == "It was given: [2, 3] F32 cpu; [4, 5] F32 cpu")
        // No stack of C++ frames.
        #expect(!product.problem.contains("frame #"))

        let sum = try #require(failure { () throws(LongTailError) in _ = try a.add(b) })
        #expect(sum.problem.contains("aten::add.Tensor failed") && sum.problem.contains("must match"))
        let convolution = try #require(failure { () throws(LongTailError) in _ = try a.conv2d(b) })
        #expect(convolution.problem.contains("aten::conv2d failed"))
        let classes = try #require(
            failure { () throws(LongTailError) in _ = try Tensor.zeros([1, 3]).crossEntropy(Tensor([7])) })
        #expect(classes.description.contains("aten::cross_entropy_loss failed: Target 7 is out of bounds"))
        let index = try #require(failure { () throws(LongTailError) in _ = try a.indexSelect(0, Tensor([2])) })
        #expect(index.description.contains("aten::index_select failed"))
        // The process lives, and the same operators still work.
        #expect(try a.matmul(b.slice(0, from: 0, to: 3)).shape == [2, 5])
    }

    @Test("An unknown operator, a missing or surplus argument and one of the wrong kind are failures too")
    func schema() throws {
        let x = try Tensor([1.0])
        func problem(_ body: () throws(LongTailError) -> Void) -> String { failure(of: body)?.problem ?? "no failure" }
        #expect(
            problem { () throws(LongTailError) in try call("aten::no_such_thing", .tensor(x)) }.contains(
                "no_such_thing"))
        let missing = problem { () throws(LongTailError) in try call("aten::add.Tensor", .tensor(x)) }
        #expect(missing == "aten::add.Tensor failed: argument 'other' has no default")
        let surplus = problem { () throws(LongTailError) in try call("aten::relu", .tensor(x), .int(1)) }
        #expect(surplus == "aten::relu failed: takes at most 1 arguments")
        let kind = problem { () throws(LongTailError) in try call("aten::add.Tensor", .tensor(x), .ints([1])) }
        #expect(kind.hasPrefix("aten::add.Tensor failed"))
        let device = problem { () throws(LongTailError) in _ = try x.to(device: "abacus") }
        #expect(device.contains("abacus"))
    }

    @Test("Numbers that do not fill a shape, and item() of several, are failures") func values() throws {
        let shape = try #require(failure { () throws(LongTailError) in _ = try Tensor([1.0, 2, 3], shape: [2, 2]) })
        #expect(shape.problem == "3 numbers do not fill the shape [2, 2]")
        let item = try #require(failure { () throws(LongTailError) in _ = try Tensor([1.0, 2]).item() })
        #expect(item.problem == "item() needs one element, not shape [2]")
        let backward = try #require(failure { () throws(LongTailError) in try Tensor([1.0]).backward() })
        #expect(backward.problem.hasPrefix("backward failed"))
        let threads = try #require(failure { () throws(LongTailError) in try Engine.setThreads(0) })
        #expect(threads.kind == .usage)
    }

    @Test(
        "20,000 operator calls, refusals among them, leave the process as large as it was",
        .enabled(if: residentBytes() > 0, "/proc does not tell how large this process is"))
    func memory() async {
        await #expect(processExitsWith: .success) {
            func loop(_ count: Int) throws {
                let weight = try Tensor.ones([8, 8])
                try weight.setRequiresGrad(true)
                let x = try Tensor.ones([8, 8])
                for number in 0..<count {
                    let y = try x.matmul(weight)
                    if number % 16 == 0 {
                        try y.mean().backward()
                        try weight.clearGrad()
                        _ = try x.host()
                        #expect(failure { () throws(LongTailError) in _ = try x.matmul(Tensor.ones([3])) } != nil)
                    }
                    _ = try callAll("aten::split.Tensor", capacity: 1, [.tensor(y), .int(4)])
                }
            }
            try loop(2_000)
            let before = residentBytes()
            try loop(10_000)
            let grown = residentBytes() - before
            #expect(grown < 3 << 20, "grew by \(grown) bytes")
        }
    }
}
