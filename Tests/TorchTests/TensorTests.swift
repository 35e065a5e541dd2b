import Foundation
import LongTail
import Testing

@testable import LongTailTorch

@Suite struct TensorTests {
    @Test("Every element type survives the way to libtorch and back, bit for bit", arguments: DType.allCases)
    func roundTrip(dtype: DType) throws {
        let patterns: [UInt8] = dtype == .bool ? [0, 1] : Array(0...255)
        let count = 24
        let bytes = Data((0..<count * dtype.size).map { patterns[($0 * 37 + 11) % patterns.count] })
        for shape in [[24], [2, 3, 4], [24, 1]] {
            let host = HostTensor(dtype: dtype, shape: shape, bytes: bytes)
            let tensor = try Tensor(host)
            #expect(tensor.dtype == dtype && tensor.shape == shape && tensor.count == 24 && tensor.device == "cpu")
            #expect(try tensor.host() == host)
            #expect(try tensor.clone().host() == host)
        }
        let empty = HostTensor(dtype: dtype, shape: [0, 3], bytes: Data())
        #expect(try Tensor(empty).host() == empty)
        let scalar = HostTensor(dtype: dtype, shape: [], bytes: bytes.prefix(dtype.size))
        #expect(try Tensor(scalar).host() == scalar)
    }

    @Test("A tensor in another memory order comes back in row-major order") func order() throws {
        let tensor = try Tensor((0..<24).map(Float.init), shape: [1, 2, 3, 4])
        let pixels = try tensor.contiguous(.channelsLast)
        #expect(try pixels.host() == tensor.host())
        #expect(try tensor.transpose(2, 3).array(of: Float.self).prefix(4) == [0, 4, 8, 1])
    }

    @Test("Swift numbers become tensors and come back, converted where asked") func numbers() throws {
        #expect(try Tensor([1.5, -2]).array() == [1.5, -2])
        #expect(try Tensor([Float(0.1)]).array(of: Double.self) == [Double(Float(0.1))])
        #expect(try Tensor([UInt8(7), 255], shape: [2, 1]).array(of: Int64.self) == [7, 255])
        #expect(try Tensor([Int32(-3)]).item() == -3)
        #expect(try Tensor([3, 4]).to(.float64).dtype == .float64)
    }

    @Test("Reductions, shapes and pointwise operators do what PyTorch's do") func operators() throws {
        let x = try Tensor([1.0, -2, 3, 4, 5, -6], shape: [2, 3])
        #expect(try x.sum().item() == 5)
        #expect(try x.mean().item() == 5.0 / 6)
        #expect(try x.sum([0]).array() == [5.0, 3, -3])
        #expect(try x.mean([1], keep: true).shape == [2, 1])
        #expect(try x.argmax(1).array() == [2, 1])
        #expect(try x.relu().array() == [1.0, 0, 3, 4, 5, 0])
        #expect(try x.neg().add(x).array() == [Double](repeating: 0, count: 6))
        #expect(try x.sub(x.mul(2)).div(x).array() == [Double](repeating: -1, count: 6))
        #expect(try x.eq(x.relu()).array(of: Double.self) == [1, 0, 1, 1, 1, 0])
        #expect(try x.slice(1, from: 0, to: 3, step: 2).array() == [1.0, 3, 4, -6])
        #expect(try x.gather(1, Tensor([2, 0], shape: [2, 1])).array() == [3.0, 4])
        #expect(try x.indexSelect(0, Tensor([1, 1, 0])).shape == [3, 3])
        #expect(try x.pad([1, 2]).shape == [2, 6])
        #expect(try x.reshape([3, -1]).flatten(from: 0).unsqueeze(0).squeeze(0).shape == [6])
        #expect(abs(try x.softmax().sum([1]).array(of: Double.self)[1] - 1) < 1e-15)
        #expect(x.size(-1) == 3 && x.size(0) == 2 && x.rank == 2)
    }

    @Test("Operators whose name ends in an underscore change the tensor itself") func inPlace() throws {
        let x = try Tensor([1.0, -2])
        let view = try x.reshape([2, 1])
        try x.add_(Tensor([1.0, 1]), alpha: 3).mul_(2).relu_()
        #expect(try view.array() == [8.0, 2])
        try x.add_(1).copy_(x.neg())
        #expect(try view.array() == [-9.0, -3])
    }
}
