import Foundation
import LongTailSerialization
import Testing

struct HostTensorTests {
    @Test("Doubles round once to bfloat16, to nearest with ties to even")
    func bfloat16() {
        // 1 + 2^-8 lies halfway between 1 and 1 + 2^-7; a tiny bit more must round up, which by way of an
        // ordinary float would be lost.
        let pairs: [(Double, Double)] = [
            (0x1.01p0, 0x1p0), (0x1.0100000001p0, 0x1.02p0), (0x1.00ffffffffp0, 0x1p0), (0x1.03p0, 0x1.04p0),
            (.infinity, .infinity), (1e300, .infinity), (-0x1p-133, -0x1p-133),
        ]
        for (value, rounded) in pairs {
            #expect(HostTensor([value], shape: [1], dtype: .bfloat16).doubles == [rounded], "\(value)")
        }
        #expect(HostTensor([.nan], shape: [1], dtype: .bfloat16).doubles[0].isNaN)
    }

    @Test("Integers of every type come and go, beyond the range at the bound")
    func integers() {
        let bounds: [(DType, Int, Int)] = [
            (.int8, -128, 127), (.uint8, 0, 255), (.int16, -32768, 32767), (.int32, -(1 << 31), (1 << 31) - 1),
            (.int64, .min, .max),
        ]
        for (dtype, low, high) in bounds {
            let tensor = HostTensor(integers: [.min, 5, .max], shape: [3], dtype: dtype)
            #expect(tensor.integers == [low, 5, high])
            #expect(tensor.bytes.count == 3 * dtype.size)
        }
        #expect(HostTensor(integers: [0, 7, -1], shape: [3], dtype: .bool).integers == [0, 1, 1])
    }

    @Test("Floats of every type come and go")
    func floats() {
        for dtype in [DType.float64, .float32, .float16, .bfloat16] {
            #expect(
                HostTensor([0.5, -2, 65280], dividedBy: 2, shape: [3, 1], dtype: dtype).doubles == [0.25, -1, 32640])
        }
    }
}
