import LongTailBasics
import LongTailSerialization

/// Initial weights: each tensor is a function of (seed, its position in the order of making).
public struct WeightInitializer {
    private enum Source {
        case seed(UInt64)
        case zeros(device: String)
    }

    private let source: Source
    private var made = 0

    /// The weights of a run's seed; `start` sets a part drawn later apart from the others.
    public init(seed: UInt64, start: Int = 0) {
        source = .seed(seed)
        made = start
    }

    private init(_ source: Source) { self.source = source }

    /// Zeros, for a network whose weights are loaded next.
    public static var zeros: WeightInitializer { WeightInitializer(.zeros(device: Device.current.name)) }

    /// Tensors of a shape without elements (PyTorch's device "meta"), for a network of which only names and shapes are asked.
    public static var shapes: WeightInitializer { WeightInitializer(.zeros(device: "meta")) }

    private mutating func tensor(_ shape: [Int], _ draw: (inout CounterRandom) -> Double) throws(LongTailError)
        -> Tensor
    {
        let seed: UInt64
        switch source {
        case .seed(let number): seed = number
        case .zeros(let device): return try Self.laidOut(.zeros(shape, device: device))
        }
        var random = CounterRandom(seed: seed, purpose: .weights, index: made)
        made += 1
        let count = shape.reduce(1, *)
        var values = [Float]()
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(Float(draw(&random))) }
        return try Self.laidOut(Tensor(values, shape: shape))
    }

    /// Filters in the order in which a GPU's convolutions want them, that of their images: pixels last.
    private static func laidOut(_ tensor: Tensor) throws(LongTailError) -> Tensor {
        Device.current.kind == .cuda && tensor.rank == 4 ? try tensor.contiguous(.channelsLast) : tensor
    }

    /// The weights of a convolution (O×I/G×K×K in G groups) or of a linear layer (O×I).
    public mutating func weight(
        _ shape: [Int], _ initialization: Initialization, groups: Int = 1
    ) throws(LongTailError) -> Tensor {
        let fanIn = shape.dropFirst().reduce(1, *)
        switch initialization {
        case .kaimingNormalFanIn: return try kaimingNormal(shape, fanIn: fanIn)
        case .kaimingNormalFanOut:
            return try kaimingNormal(shape, fanIn: (shape.first ?? 1) * shape.dropFirst(2).reduce(1, *))
        case .kaimingNormalFanOutOfGroup:
            let outputs = (shape.first ?? 1) * shape.dropFirst(2).reduce(1, *)
            return try kaimingNormal(shape, fanIn: outputs / groups)
        case .normal(let deviation): return try tensor(shape) { deviation * $0.normal() }
        case .kaimingUniform: return try uniform(shape, bound: 1 / Double(fanIn).squareRoot())
        }
    }

    /// Normal with standard deviation √(2 / fan-in).
    ///
    /// He et al. 2015, "Delving Deep into Rectifiers", equation 10.
    public mutating func kaimingNormal(_ shape: [Int], fanIn: Int) throws(LongTailError) -> Tensor {
        let deviation = (2 / Double(fanIn)).squareRoot()
        return try tensor(shape) { deviation * $0.normal() }
    }

    /// Uniform in ±bound.
    public mutating func uniform(_ shape: [Int], bound: Double) throws(LongTailError) -> Tensor {
        try tensor(shape) { $0.uniform(-bound..<bound) }
    }
}

/// How a layer's weights are drawn.
public enum Initialization: Sendable {
    /// Normal with standard deviation √(2 / fan-in): MiSLAS's CIFAR networks, convolutions and classifier.
    case kaimingNormalFanIn
    /// Normal with standard deviation √(2 / fan-out), the filters' size times all outputs: torchvision's convolutions.
    case kaimingNormalFanOut
    /// The same with the outputs of one group: timm's EfficientNets.
    case kaimingNormalFanOutOfGroup
    /// Normal with a standard deviation: transformers.
    case normal(Double)
    /// Uniform in ±1/√fan-in: PyTorch's default (Kaiming uniform with a = √5).
    case kaimingUniform
}
