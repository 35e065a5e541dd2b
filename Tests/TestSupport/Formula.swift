import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

/// Weights and inputs that stand in no fixture: the formula of scripts/fixtures/formula.py.
public enum Formula {
    /// u(k, i) for i = 0 ..< count, each in [-1, 1).
    public static func uniform(_ k: Int, _ count: Int) -> [Double] {
        (0..<count).map { i in
            var x = UInt32(truncatingIfNeeded: i) &* 2_654_435_761 &+ UInt32(truncatingIfNeeded: k) &* 2_246_822_519
            x ^= x >> 15
            x &*= 739_982_445
            x ^= x >> 12
            return Double(x) / 2_147_483_648 - 1
        }
    }

    /// offset + scale · u(k), rounded once to a type.
    public static func host(
        _ k: Int, _ shape: [Int], scale: Double = 1, offset: Double = 0, dtype: DType = .float64
    ) -> HostTensor {
        HostTensor(uniform(k, shape.reduce(1, *)).map { offset + scale * $0 }, shape: shape, dtype: dtype)
    }

    /// The same on the device.
    public static func tensor(
        _ k: Int, _ shape: [Int], scale: Double = 1, offset: Double = 0, dtype: DType = .float64
    ) throws(LongTailError) -> Tensor {
        try Tensor(host(k, shape, scale: scale, offset: offset, dtype: dtype))
    }

    /// A state dict's entry `name` at position `k` of the sorted names.
    public static func weight(_ name: String, _ k: Int, _ shape: [Int], _ dtype: DType) -> HostTensor {
        if name.hasSuffix("num_batches_tracked") { return HostTensor(integers: [3], shape: [], dtype: .int64) }
        if shape.count >= 2 {
            let fanIn = Double(shape.dropFirst().reduce(1, *))
            return host(k, shape, scale: (6 / fanIn).squareRoot(), dtype: dtype)
        }
        if name.hasSuffix("running_var") { return host(k, shape, scale: 0.5, offset: 1, dtype: dtype) }
        if name.hasSuffix("running_mean") || name.hasSuffix(".bias") { return host(k, shape, scale: 0.1, dtype: dtype) }
        return host(k, shape, scale: 0.1, offset: 0.5, dtype: dtype)
    }

    /// Fills a module's parameters and buffers, in their own types.
    public static func fill(_ module: any Module) throws(LongTailError) {
        var state = try module.stateDict()
        for (k, name) in state.keys.sorted().enumerated() {
            guard let tensor = state[name] else { continue }
            state[name] = weight(name, k, tensor.shape, tensor.dtype)
        }
        try module.load(state)
    }

    /// Four images of batch `number`.
    public static func images(_ number: Int, dtype: DType) throws(LongTailError) -> Tensor {
        try tensor(1000 + number, [4, 3, 32, 32], scale: 2, dtype: dtype)
    }

    /// The labels of batch `number`.
    public static func labels(_ number: Int, classes: Int, count: Int = 4) throws(LongTailError) -> Tensor {
        try Tensor((0..<count).map { (37 * $0 + 11 + 5 * number) % classes })
    }
}
