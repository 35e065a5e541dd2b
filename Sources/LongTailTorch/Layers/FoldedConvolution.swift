import CLongTailKernels
import LongTailBasics
import LongTailSerialization

/// A convolution with the batch normalisation behind it made part of its filters, for evaluation.
///
/// bn(conv(x)) = conv(x; s W) + (β − s μ) with s = γ / √(σ² + ε), computed in float64 and rounded once.
struct FoldedConvolution {
    /// O×C/G×K×K, of the type that is computed in.
    private let weight: Tensor
    /// O, float32.
    private let bias: Tensor

    /// Nil when a number is not finite: a fused ReLU would make 0 of what must come out as NaN; and for a convolution with a bias,
    /// which no network has before a normalisation.
    init?(_ conv: Conv2d, _ norm: BatchNorm2d, _ dtype: DType) throws(LongTailError) {
        guard conv.bias == nil else { return nil }
        let scale = try norm.weight.tensor.to(.float64)
            .div(norm.runningVar.tensor.to(.float64).add(norm.eps).sqrt())
        let exact = try conv.weight.tensor.to(.float64).mul(scale.reshape([-1, 1, 1, 1]))
        bias = try norm.bias.tensor.to(.float64).sub(norm.runningMean.tensor.to(.float64).mul(scale)).to(.float32)
        weight = try exact.to(dtype).contiguous(.channelsLast)
        guard try weight.to(.float32).sum().add(bias.sum()).item().isFinite else { return nil }
    }

    /// N×C×H×W to N×O×H'×W': the convolution, with a residual added and ReLU if asked.
    func callAsFunction(
        _ x: Tensor, stride: Int, padding: Int, groups: Int, adding residual: Tensor?, overwriting: Bool,
        relu: Bool
    ) throws(LongTailError) -> Tensor {
        ck_register()
        return try call(
            "longtail::folded_convolution", .tensor(try x.to(weight)), .tensor(weight), .tensor(bias),
            .optional(residual), .int(stride), .int(padding), .int(groups), .bool(relu), .bool(overwriting))
    }
}

extension Tensor {
    /// The same values in the element type of another tensor; this very tensor where it has it.
    fileprivate func to(_ other: Tensor) throws(LongTailError) -> Tensor {
        guard let wanted = other.dtype, wanted != dtype else { return self }
        return try to(wanted)
    }
}

extension Conv2d {
    /// activation(norm(conv(x)) + residual), N×C×H×W to N×O×H'×W'.
    ///
    /// `overwriting` says that nobody reads the residual afterwards, so that an evaluation may put the result into its memory.
    public func callAsFunction(
        _ x: Tensor, normalizedBy norm: BatchNorm2d, adding residual: Tensor? = nil, overwriting: Bool = false,
        then activation: Activation? = nil
    ) throws(LongTailError) -> Tensor {
        guard let folded = try norm.folded(into: self) else {
            return try norm(self(x), adding: residual, then: activation)
        }
        let y = try apply(
            folded, to: x, adding: residual, overwriting: overwriting, relu: activation == .relu)
        guard let activation, activation != .relu else { return y }
        return try activation(y)
    }
}

extension Module {
    /// Runs `body`, an evaluation in which no weight changes, with every batch normalisation in evaluation mode folded
    /// into the convolution before it; once for each, in float64, then rounded to `dtype`.
    ///
    /// A batch normalisation that uses batch statistics stays as it is. No gradients are recorded on the way: `body`
    /// belongs into `withInferenceMode`.
    public func folded<Value>(in dtype: DType, _ body: () throws(LongTailError) -> Value) throws(LongTailError) -> Value
    {
        func set(_ dtype: DType?) throws(LongTailError) {
            try walk { (_, module) throws(LongTailError) in (module as? BatchNorm2d)?.folding = dtype }
        }
        try set(dtype)
        let result: Swift.Result<Value, LongTailError>
        do throws(LongTailError) { result = .success(try body()) } catch { result = .failure(error) }
        try set(nil)
        return try result.get()
    }
}
