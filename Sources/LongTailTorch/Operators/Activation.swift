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

    /// What `longtail::batch_norm_act` calls it; nil where it does not have it.
    var fusedName: String? {
        switch self {
        case .relu: "relu"
        case .relu6: "relu6"
        case .silu: "silu"
        case .hardswish: "hardswish"
        case .gelu, .quickGELU, .tanhGELU: nil
        }
    }

    /// The same in the memory of `x` where that can be, for a caller that does not read it again.
    func overwriting(_ x: Tensor) throws(LongTailError) -> Tensor { self == .relu ? try x.relu_() : try self(x) }

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
