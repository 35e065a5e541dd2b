import LongTailBasics

/// A function of each element between two layers, under torch.nn's names.
public enum Activation: Sendable, Equatable {
    case relu
    case relu6
    /// x Φ(x).
    case gelu
    /// x · sigmoid(1.702 x), as OpenAI's CLIP has it.
    case quickGELU
    /// GELU by its tanh approximation.
    case tanhGELU
    /// x · sigmoid(x), also called swish.
    case silu
    /// x · relu6(x + 3) / 6.
    case hardswish

    /// Any shape to the same.
    public func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        switch self {
        case .relu: try x.relu()
        case .relu6: try x.relu6()
        case .gelu: try x.gelu()
        case .quickGELU: try x.mul(x.mul(1.702).sigmoid())
        case .tanhGELU: try x.gelu(approximate: "tanh")
        case .silu: try x.silu()
        case .hardswish: try x.hardswish()
        }
    }
}
