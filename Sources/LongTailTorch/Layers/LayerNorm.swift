import LongTailBasics

/// Layer normalisation over the last dimension (torch.nn.LayerNorm).
public final class LayerNorm: Module {
    /// Scale, C.
    public let weight: Parameter
    /// Shift, C.
    public let bias: Parameter
    private let width: Int
    private let eps: Double

    /// Scale 1, shift 0.
    public init(_ width: Int, eps: Double = 1e-5) throws(LongTailError) {
        weight = try Parameter(.ones([width]))
        bias = try Parameter(.zeros([width]))
        (self.width, self.eps) = (width, eps)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight)), ("bias", .parameter(bias))]
    }

    /// …×C to the same shape.
    public func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try x.layerNorm([width], weight: weight.tensor, bias: bias.tensor, eps: eps)
    }

    /// The same over the channels of N×C×H×W images.
    public func overChannels(_ x: Tensor) throws(LongTailError) -> Tensor {
        try self(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
    }
}
