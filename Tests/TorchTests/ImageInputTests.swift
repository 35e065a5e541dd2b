import LongTail
import Testing

/// Bytes as a network takes them, against libtorch's separate operators.
@Suite(.serialized) struct ImageInputTests {
    @Test(
        "Every byte of every channel has the separate operators' value, bit for bit, on one thread and two",
        arguments: [DType.float32, .bfloat16, .float64], [1, 2])
    func parity(dtype: DType, threads: Int) throws {
        try Engine.setThreads(threads)
        // 3 pictures of 3 channels, 16×48: each holds every byte.
        let bytes = (0..<3 * 3 * 768).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 768) }
        let pictures = try Tensor(bytes, shape: [3, 3, 16, 48])
        let scale = try Tensor([0.0171, 0.0175, 0.0174].map(Float.init), shape: [1, 3, 1, 1])
        let shift = try Tensor([-2.117, -2.035, -1.804].map(Float.init), shape: [1, 3, 1, 1])
        let found = try pictures.imageInput(scale: scale, shift: shift, dtype: dtype)
        let expected = try pictures.to(.float32).mul(scale).add(shift).to(dtype)
        #expect(found.dtype == dtype)
        #expect(try found.host() == expected.host())
    }

    @Test("No picture at all, and other numbers of channels, are as the separate operators have them") func edges()
        throws
    {
        let (scale, shift) = (try Tensor.ones([1, 3, 1, 1]), try Tensor.zeros([1, 3, 1, 1]))
        let none = try Tensor([UInt8](), shape: [0, 3, 4, 4])
        #expect(try none.imageInput(scale: scale, shift: shift, dtype: .float32).shape == [0, 3, 4, 4])
        let gray = try Tensor([UInt8](repeating: 7, count: 16), shape: [1, 1, 4, 4])
        let found = try gray.imageInput(scale: scale, shift: shift, dtype: .float32)
        #expect(found.shape == [1, 3, 4, 4])
        #expect(try found.host().doubles.allSatisfy { $0 == 7 })
    }
}
