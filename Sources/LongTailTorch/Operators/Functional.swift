import CLongTailKernels
import LongTailBasics
import LongTailSerialization

// torch.nn.functional, under its names.
extension Tensor {
    /// Convolution of N×C×H×W images with O×C/G×K×K filters in G groups.
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
    ) throws(LongTailError) -> Tensor {
        let isDepthwise = groups > 1 && weight.size(0) == groups && weight.size(1) == 1
        ck_register()
        return try call(
            isDepthwise ? "longtail::depthwise_conv2d" : "aten::conv2d", .tensor(self), .tensor(weight),
            .optional(bias), .ints([stride, stride]), .ints([padding, padding]), .ints([1, 1]), .int(groups))
    }

    /// The largest element of each square window of N×C×H×W images.
    public func maxPool2d(kernel: Int, stride: Int, padding: Int = 0) throws(LongTailError) -> Tensor {
        try call(
            "aten::max_pool2d", .tensor(self), .ints([kernel, kernel]), .ints([stride, stride]),
            .ints([padding, padding]))
    }

    /// x W^T + b for rows of features.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(LongTailError) -> Tensor {
        try call("aten::linear", .tensor(self), .tensor(weight), .optional(bias))
    }

    /// Matrix product.
    public func matmul(_ other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::matmul", .tensor(self), .tensor(other))
    }

    /// Batch normalisation; in training it uses the batch's statistics and moves the running ones.
    public func batchNorm(
        weight: Tensor, bias: Tensor, runningMean: Tensor, runningVar: Tensor, training: Bool, momentum: Double,
        eps: Double
    ) throws(LongTailError) -> Tensor {
        try call(
            "aten::batch_norm", .tensor(self), .tensor(weight), .tensor(bias), .tensor(runningMean),
            .tensor(runningVar),
            .bool(training), .double(momentum), .double(eps), .bool(true))
    }

    /// Layer normalisation over the last dimensions, of the sizes `shape`.
    public func layerNorm(
        _ shape: [Int], weight: Tensor, bias: Tensor, eps: Double
    ) throws(LongTailError) -> Tensor {
        try call(
            "aten::layer_norm", .tensor(self), .ints(shape), .tensor(weight), .tensor(bias), .double(eps), .bool(true))
    }

    /// Attention of queries (N×H×L×D) to keys and values (N×H×S×D): softmax(Q Kᵀ / √D) V.
    ///
    /// By `scaled_dot_product_attention`; but for bfloat16 on the CPU that multiplies without the processor's bfloat16
    /// instructions (libtorch 2.11: MKL's general kernels on AMD), so that separate products by oneDNN are two to three times as
    /// fast for as long as the L×S weights stay small.
    public func attention(keys: Tensor, values: Tensor) throws(LongTailError) -> Tensor {
        guard values.dtype == .bfloat16, values.device == "cpu", keys.size(2) <= Self.separateAttention else {
            return try call("aten::scaled_dot_product_attention", .tensor(self), .tensor(keys), .tensor(values))
        }
        let weights = try mul(1 / Double(size(-1)).squareRoot()).matmul(keys.transpose(-2, -1)).softmax(-1)
        return try weights.matmul(values)
    }

    /// Keys up to which it was measured to be faster: pictures of 384 pixels in patches of 16.
    private static let separateAttention = 600

    /// N×C×H×W images of another size, by bicubic interpolation (torch.nn.functional.interpolate).
    public func resizedBicubic(_ height: Int, _ width: Int, antialias: Bool = true) throws(LongTailError) -> Tensor {
        try call(
            antialias ? "aten::_upsample_bicubic2d_aa" : "aten::upsample_bicubic2d", .tensor(self),
            .ints([height, width]), .bool(false), .none, .none)
    }

    /// The mean of each square window of N×C×H×W images; windows at the edge are means of what there is.
    public func avgPool2d(kernel: Int, stride: Int) throws(LongTailError) -> Tensor {
        try call(
            "aten::avg_pool2d", .tensor(self), .ints([kernel, kernel]), .ints([stride, stride]), .ints([0, 0]),
            .bool(true), .bool(false))
    }

    /// activation(batchNorm(x) + residual) with the batch's statistics, which move the running ones.
    ///
    /// In few passes over memory for channels-last float32 and bfloat16 on the CPU (CLongTailKernels), the separate operators
    /// otherwise. One of the GELUs comes after it.
    public func batchNormAct(
        residual: Tensor? = nil, weight: Tensor, bias: Tensor, runningMean: Tensor, runningVar: Tensor,
        momentum: Double, eps: Double, activation: Activation? = nil
    ) throws(LongTailError) -> Tensor {
        ck_register()
        let y = try call(
            "longtail::batch_norm_act", .tensor(self), .optional(residual), .tensor(weight), .tensor(bias),
            .tensor(runningMean), .tensor(runningVar), .double(momentum), .double(eps),
            .string(activation?.fusedName ?? "none"))
        guard let activation, activation.fusedName == nil else { return y }
        return try activation(y)
    }

    /// x + weight · x · share + bias of N×H×W×C, share being the norm of a channel over an image as a part of the mean of all
    /// channels' norms.
    ///
    /// Woo et al. 2023, ConvNeXt V2, equations 1 to 3. Read twice where float32 and bfloat16 are on the CPU.
    public func responseNorm(weight: Tensor, bias: Tensor, eps: Double = 1e-6) throws(LongTailError) -> Tensor {
        ck_register()
        return try call("longtail::response_norm", .tensor(self), .tensor(weight), .tensor(bias), .double(eps))
    }

    /// Bytes of N×3×H×W pictures as a network takes them: byte × scale + shift (1×3×1×1, float32) in an element type,
    /// pixels last in memory.
    public func imageInput(scale: Tensor, shift: Tensor, dtype: DType) throws(LongTailError) -> Tensor {
        ck_register()
        return try call("longtail::image_input", .tensor(self), .tensor(scale), .tensor(shift), .dtype(dtype))
    }

    /// Log of the soft-max along a dimension.
    public func logSoftmax(_ dimension: Int = 1) throws(LongTailError) -> Tensor {
        try call("aten::log_softmax.int", .tensor(self), .int(dimension))
    }

    /// Soft-max along a dimension.
    public func softmax(_ dimension: Int = 1) throws(LongTailError) -> Tensor {
        try call("aten::softmax.int", .tensor(self), .int(dimension))
    }

    /// What becomes of the losses of a batch; raw values are libtorch's.
    public enum Reduction: Int, Sendable {
        /// One number per sample.
        case none
        /// Their mean; with class weights, Σ w l / Σ w.
        case mean
        /// Their sum.
        case sum
    }

    /// Cross-entropy of logits (N×C) against class indices (N, int64) or distributions (N×C), with weights per class.
    public func crossEntropy(_ targets: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean)
        throws(LongTailError)
        -> Tensor
    {
        try call(
            "aten::cross_entropy_loss", .tensor(self), .tensor(targets), .optional(weight), .int(reduction.rawValue))
    }

    /// Binary cross-entropy of logits against numbers in [0, 1]; `positiveWeight` multiplies the part of the ones.
    public func binaryCrossEntropyWithLogits(
        _ targets: Tensor, positiveWeight: Tensor? = nil, reduction: Reduction = .mean
    ) throws(LongTailError) -> Tensor {
        try call(
            "aten::binary_cross_entropy_with_logits", .tensor(self), .tensor(targets), .none,
            .optional(positiveWeight), .int(reduction.rawValue))
    }

    /// Σ t (log t − self) for log-probabilities `self` and log t of one shape, divided by the number of rows.
    public func klDiv(logTarget: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::kl_div", .tensor(self), .tensor(logTarget), .int(Reduction.sum.rawValue), .bool(true))
            .div(Double(size(0)))
    }

    /// log(1 / (1 + exp(−self))), without underflow.
    public func logSigmoid() throws(LongTailError) -> Tensor { try call("aten::log_sigmoid", .tensor(self)) }

    /// Class indices (N, int64) as rows with a single one (N×C, int64).
    public func oneHot(_ classes: Int) throws(LongTailError) -> Tensor {
        try call("aten::one_hot", .tensor(self), .int(classes))
    }

    /// Cosine of the angle between rows; lengths below 1e-8 count as 1e-8.
    public func cosineSimilarity(_ other: Tensor, _ dimension: Int = 1) throws(LongTailError) -> Tensor {
        try call("aten::cosine_similarity", .tensor(self), .tensor(other), .int(dimension))
    }

    /// Rows scaled to unit Euclidean length along a dimension; lengths below eps count as eps.
    public func normalize(_ dimension: Int, eps: Double = 1e-12) throws(LongTailError) -> Tensor {
        try div(norm(dimension, keep: true).clamp(min: eps))
    }
}
