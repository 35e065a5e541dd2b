import Basics
import CKernels
import Serialization

// torch.nn.functional, under its names.
extension Tensor {
    /// Convolution of N×C×H×W images with O×C/G×K×K filters in G groups.
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
    ) throws(Failure) -> Tensor {
        try call(
            "aten::conv2d", .tensor(self), .tensor(weight), .optional(bias), .ints([stride, stride]),
            .ints([padding, padding]), .ints([1, 1]), .int(groups))
    }

    /// The largest element of each square window of N×C×H×W images.
    public func maxPool2d(kernel: Int, stride: Int, padding: Int = 0) throws(Failure) -> Tensor {
        try call(
            "aten::max_pool2d", .tensor(self), .ints([kernel, kernel]), .ints([stride, stride]),
            .ints([padding, padding]))
    }

    /// x W^T + b for rows of features.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(Failure) -> Tensor {
        try call("aten::linear", .tensor(self), .tensor(weight), .optional(bias))
    }

    /// Matrix product.
    public func matmul(_ other: Tensor) throws(Failure) -> Tensor {
        try call("aten::matmul", .tensor(self), .tensor(other))
    }

    /// Batch normalisation; in training it uses the batch's statistics and moves the running ones.
    public func batchNorm(
        weight: Tensor, bias: Tensor, runningMean: Tensor, runningVar: Tensor, training: Bool, momentum: Double,
        eps: Double
    ) throws(Failure) -> Tensor {
        try call(
            "aten::batch_norm", .tensor(self), .tensor(weight), .tensor(bias), .tensor(runningMean),
            .tensor(runningVar),
            .bool(training), .double(momentum), .double(eps), .bool(true))
    }

    /// relu(batchNorm(x) + residual) with the batch's statistics, which move the running ones.
    ///
    /// In few passes over memory for channels-last bfloat16 on the CPU (CKernels), the separate operators otherwise.
    public func batchNormReLU(
        residual: Tensor? = nil, weight: Tensor, bias: Tensor, runningMean: Tensor, runningVar: Tensor,
        momentum: Double, eps: Double
    ) throws(Failure) -> Tensor {
        ck_register()
        return try call(
            "longtail::batch_norm_relu", .tensor(self), .optional(residual), .tensor(weight), .tensor(bias),
            .tensor(runningMean), .tensor(runningVar), .double(momentum), .double(eps))
    }

    /// Log of the soft-max along a dimension.
    public func logSoftmax(_ dimension: Int = 1) throws(Failure) -> Tensor {
        try call("aten::log_softmax.int", .tensor(self), .int(dimension))
    }

    /// Soft-max along a dimension.
    public func softmax(_ dimension: Int = 1) throws(Failure) -> Tensor {
        try call("aten::softmax.int", .tensor(self), .int(dimension))
    }

    /// Mean cross-entropy of logits (N×C) against class indices (N, int64).
    public func crossEntropy(_ targets: Tensor) throws(Failure) -> Tensor {
        try call("aten::cross_entropy_loss", .tensor(self), .tensor(targets))
    }

    /// Rows scaled to unit Euclidean length along a dimension; lengths below eps count as eps.
    public func normalize(_ dimension: Int, eps: Double = 1e-12) throws(Failure) -> Tensor {
        let norm = try call("aten::norm.ScalarOpt_dim", .tensor(self), .double(2), .ints([dimension]), .bool(true))
        return try div(call("aten::clamp_min", .tensor(norm), .double(eps)))
    }
}
