import LongTail
import TestSupport
import Testing

@testable import LongTailTorch

@Suite struct AutogradTests {
    private func leaf() throws(LongTailError) -> Tensor {
        let tensor = try Tensor([2.0, 3])
        try tensor.setRequiresGrad(true)
        return tensor
    }

    /// Whether operations are recorded now.
    private func records() throws(LongTailError) -> Bool { try leaf().mul(2).requiresGrad }

    /// The element type of a matrix product now: autocast's, if one is on.
    private func productType() throws(LongTailError) -> DType? {
        let matrix = try Tensor.ones([2, 2])
        return try matrix.matmul(matrix).dtype
    }

    @Test("Gradients add up until they are forgotten") func gradients() throws {
        let x = try leaf()
        #expect(try x.grad() == nil)
        try x.mul(x).sum().backward()
        #expect(try x.grad()?.array(of: Double.self) == [4, 6])
        try x.mul(3).sum().backward()
        #expect(try x.grad()?.array(of: Double.self) == [7, 9])
        try x.clearGrad()
        #expect(try x.grad() == nil)
        #expect(try !x.detach().mul(2).requiresGrad)
        try x.setRequiresGrad(false)
        #expect(try !x.mul(2).requiresGrad)
    }

    @Test("No-grad nests, inside and outside inference, and ends where it ends") func noGrad() throws {
        #expect(try records())
        try withoutGradients { () throws(LongTailError) in
            #expect(try !records())
            try withoutGradients { () throws(LongTailError) in #expect(try !records()) }
            #expect(try !records())
            try withInferenceMode { () throws(LongTailError) in #expect(try !records()) }
            #expect(try !records())
        }
        #expect(try records())
        try withInferenceMode { () throws(LongTailError) in
            try withoutGradients { () throws(LongTailError) in #expect(try !records()) }
            #expect(try !records())
        }
        #expect(try records())
    }

    @Test("What inference made may not enter autograd") func inference() throws {
        let made = try withInferenceMode { () throws(LongTailError) in try Tensor.ones([2]).to(.float64) }
        let refused = failure { () throws(LongTailError) in _ = try leaf().mul(made).sum().backward() }
        #expect(refused?.problem.contains("Inference tensors") == true)
    }

    @Test("Autocast nests and ends where it ends; float32 changes nothing") func mixed() throws {
        #expect(try productType() == .float32)
        try autocast(.bfloat16) { () throws(LongTailError) in
            #expect(try productType() == .bfloat16)
            try autocast(.float16) { () throws(LongTailError) in #expect(try productType() == .float16) }
            #expect(try productType() == .bfloat16)
            try autocast(.float32) { () throws(LongTailError) in #expect(try productType() == .bfloat16) }
        }
        #expect(try productType() == .float32)
        try autocast(.float32) { () throws(LongTailError) in #expect(try productType() == .float32) }
    }

    /// One of the modes, begun and ended around a body.
    enum Mode: CaseIterable {
        case withoutGradients, inference, autocast

        func around(_ body: () throws(LongTailError) -> Bool) throws(LongTailError) -> Bool {
            switch self {
            case .withoutGradients: try LongTailTorch.withoutGradients(body)
            case .inference: try withInferenceMode(body)
            case .autocast: try LongTailTorch.autocast(.bfloat16, body)
            }
        }
    }

    @Test("A mode ends also when what runs in it throws", arguments: Mode.allCases, Mode.allCases)
    func throwing(outer: Mode, inner: Mode) throws {
        let refused = LongTailError(.usage, "enough")
        let found = failure { () throws(LongTailError) in
            _ = try outer.around { () throws(LongTailError) in
                try inner.around { () throws(LongTailError) -> Bool in throw refused }
            }
        }
        #expect(found == refused)
        #expect(try records())
        #expect(try productType() == .float32)
    }
}
