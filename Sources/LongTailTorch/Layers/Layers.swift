import LongTailBasics
import LongTailSerialization

/// Convolution over N×C×H×W images, without bias unless asked for (torch.nn.Conv2d).
public final class Conv2d: Module {
    /// Filters, O×C/G×K×K.
    public let weight: Parameter
    /// O; nil without one.
    public let bias: Parameter?
    private let stride: Int
    private let padding: Int
    private let groups: Int

    /// Square filters; `groups` divides input and output into as many parts without links between them; a bias starts at zero.
    public init(
        _ input: Int, _ output: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
        bias: Bool = false,
        initialization: Initialization = .kaimingNormalFanIn, _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        weight = try Parameter(draw.weight([output, input / groups, kernel, kernel], initialization, groups: groups))
        self.bias = bias ? try Parameter(.zeros([output])) : nil
        (self.stride, self.padding, self.groups) = (stride, padding, groups)
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight))] + (bias.map { [("bias", .parameter($0))] } ?? [])
    }

    /// N×C×H×W to N×O×H'×W'.
    public func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try x.conv2d(weight.tensor, bias: bias?.tensor, stride: stride, padding: padding, groups: groups)
    }

    /// The same with folded filters.
    func apply(
        _ folded: FoldedConvolution, to x: Tensor, adding residual: Tensor? = nil, overwriting: Bool = false,
        relu: Bool
    ) throws(LongTailError) -> Tensor {
        try folded(
            x, stride: stride, padding: padding, groups: groups, adding: residual, overwriting: overwriting, relu: relu)
    }
}

/// Batch normalisation over N×C×H×W images (torch.nn.BatchNorm2d).
public final class BatchNorm2d: Module {
    /// Scale, C.
    public let weight: Parameter
    /// Shift, C.
    public let bias: Parameter
    /// Running mean, C.
    public let runningMean: Buffer
    /// Running variance (unbiased), C.
    public let runningVar: Buffer
    /// Batches seen in training, a scalar of int64.
    public let numBatchesTracked: Buffer
    /// Whether the batch's own statistics are used and the running ones moved.
    public var training = true
    let eps: Double
    /// The share of a batch's statistics in the running ones.
    private let momentum: Double
    /// The type of folded filters while an evaluation folds them (`Module.folded`).
    var folding: DType? { didSet { folded = nil } }
    /// The last convolution that it was folded into, and the result; nil in the result where it cannot be folded.
    private var folded: (into: Conv2d, result: FoldedConvolution?)?

    /// Scale 1, shift 0, statistics 0 and 1; `eps` is added to variances.
    public init(_ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1) throws(LongTailError) {
        (self.eps, self.momentum) = (eps, momentum)
        weight = try Parameter(.ones([channels]))
        bias = try Parameter(.zeros([channels]))
        runningMean = Buffer(try .zeros([channels]))
        runningVar = Buffer(try .ones([channels]))
        numBatchesTracked = Buffer(try .zeros([], dtype: .int64))
    }

    public var children: [(name: String, child: ModuleChild)] {
        [
            ("weight", .parameter(weight)), ("bias", .parameter(bias)), ("running_mean", .buffer(runningMean)),
            ("running_var", .buffer(runningVar)), ("num_batches_tracked", .buffer(numBatchesTracked)),
        ]
    }

    /// activation(batchnorm(x) + residual), N×C×H×W to the same shape.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, then activation: Activation? = nil)
        throws(LongTailError) -> Tensor
    {
        guard training else {
            var y = try x.batchNorm(
                weight: weight.tensor, bias: bias.tensor, runningMean: runningMean.tensor,
                runningVar: runningVar.tensor, training: false, momentum: momentum, eps: eps)
            if let residual { y = try y.add_(residual) }
            return try activation?.overwriting(y) ?? y
        }
        try count()
        return try x.batchNormAct(
            residual: residual, weight: weight.tensor, bias: bias.tensor, runningMean: runningMean.tensor,
            runningVar: runningVar.tensor, momentum: momentum, eps: eps, activation: activation)
    }

    /// The filters of a convolution with this behind it, while an evaluation folds; nil otherwise.
    func folded(into conv: Conv2d) throws(LongTailError) -> FoldedConvolution? {
        guard let folding, !training else { return nil }
        if let folded, folded.into === conv { return folded.result }
        let result = try FoldedConvolution(conv, self, folding)
        folded = (conv, result)
        return result
    }

    private func count() throws(LongTailError) {
        guard training else { return }
        try withoutGradients { () throws(LongTailError) in _ = try numBatchesTracked.tensor.add_(1) }
    }
}

/// Fully connected layer (torch.nn.Linear).
public final class Linear: Module {
    /// O×I.
    public let weight: Parameter
    /// O.
    public let bias: Parameter

    /// Weights as told (as in MiSLAS's CIFAR networks if nothing is), bias uniform in ±1/√I.
    public init(
        _ input: Int, _ output: Int, initialization: Initialization = .kaimingNormalFanIn,
        _ draw: inout WeightInitializer
    ) throws(LongTailError) {
        weight = try Parameter(draw.weight([output, input], initialization))
        bias = try Parameter(draw.uniform([output], bound: 1 / Double(input).squareRoot()))
    }

    public var children: [(name: String, child: ModuleChild)] {
        [("weight", .parameter(weight)), ("bias", .parameter(bias))]
    }

    /// N×I to N×O.
    public func callAsFunction(_ x: Tensor) throws(LongTailError) -> Tensor {
        try x.linear(weight.tensor, bias: bias.tensor)
    }
}
