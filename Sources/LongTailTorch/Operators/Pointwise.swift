import LongTailBasics
import LongTailSerialization

// Elementwise operators, under PyTorch's names; binary ones broadcast.
extension Tensor {
    /// self + other × alpha.
    public func add(_ other: Tensor, alpha: Double = 1) throws(LongTailError) -> Tensor {
        try call("aten::add.Tensor", .tensor(self), .tensor(other), .double(alpha))
    }

    /// The nearest whole numbers.
    public func round() throws(LongTailError) -> Tensor { try call("aten::round", .tensor(self)) }

    /// self + other.
    public func add(_ other: Double) throws(LongTailError) -> Tensor {
        try call("aten::add.Scalar", .tensor(self), .double(other))
    }

    /// self ← self + other × alpha.
    @discardableResult
    public func add_(_ other: Tensor, alpha: Double = 1) throws(LongTailError) -> Tensor {
        try call("aten::add_.Tensor", .tensor(self), .tensor(other), .double(alpha))
    }

    /// self ← self + other, for tensors of any type.
    @discardableResult
    public func add_(_ other: Int) throws(LongTailError) -> Tensor {
        try call("aten::add_.Scalar", .tensor(self), .int(other))
    }

    /// self − other.
    public func sub(_ other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::sub.Tensor", .tensor(self), .tensor(other))
    }

    /// self × other.
    public func mul(_ other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::mul.Tensor", .tensor(self), .tensor(other))
    }

    /// self × other.
    public func mul(_ other: Double) throws(LongTailError) -> Tensor {
        try call("aten::mul.Scalar", .tensor(self), .double(other))
    }

    /// self ← self × other.
    @discardableResult
    public func mul_(_ other: Double) throws(LongTailError) -> Tensor {
        try call("aten::mul_.Scalar", .tensor(self), .double(other))
    }

    /// self / other.
    public func div(_ other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::div.Tensor", .tensor(self), .tensor(other))
    }

    /// −self.
    public func neg() throws(LongTailError) -> Tensor { try call("aten::neg", .tensor(self)) }

    /// Rectified linear unit.
    public func relu() throws(LongTailError) -> Tensor { try call("aten::relu", .tensor(self)) }

    /// The same, at most 6.
    public func relu6() throws(LongTailError) -> Tensor {
        try call("aten::hardtanh", .tensor(self), .double(0), .double(6))
    }

    /// x Φ(x), or with `approximate` "tanh" its approximation.
    public func gelu(approximate: String = "none") throws(LongTailError) -> Tensor {
        try call("aten::gelu", .tensor(self), .string(approximate))
    }

    /// x · sigmoid(x).
    public func silu() throws(LongTailError) -> Tensor { try call("aten::silu", .tensor(self)) }

    /// x · relu6(x + 3) / 6.
    public func hardswish() throws(LongTailError) -> Tensor { try call("aten::hardswish", .tensor(self)) }

    /// relu6(x + 3) / 6.
    public func hardsigmoid() throws(LongTailError) -> Tensor { try call("aten::hardsigmoid", .tensor(self)) }

    /// Rectified linear unit in place.
    @discardableResult
    public func relu_() throws(LongTailError) -> Tensor { try call("aten::relu_", .tensor(self)) }

    /// Whether elements are equal, as bool.
    public func eq(_ other: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::eq.Tensor", .tensor(self), .tensor(other))
    }

    /// self / other.
    public func div(_ other: Double) throws(LongTailError) -> Tensor {
        try call("aten::div.Scalar", .tensor(self), .double(other))
    }

    /// e to the power of self.
    public func exp() throws(LongTailError) -> Tensor { try call("aten::exp", .tensor(self)) }

    /// √self.
    public func sqrt() throws(LongTailError) -> Tensor { try call("aten::sqrt", .tensor(self)) }

    /// exp(self) − 1, exact near 0.
    public func expm1() throws(LongTailError) -> Tensor { try call("aten::expm1", .tensor(self)) }

    /// Natural logarithm.
    public func log() throws(LongTailError) -> Tensor { try call("aten::log", .tensor(self)) }

    /// self to a power.
    public func pow(_ exponent: Double) throws(LongTailError) -> Tensor {
        try call("aten::pow.Tensor_Scalar", .tensor(self), .double(exponent))
    }

    /// A number to the powers that a tensor says.
    public static func pow(_ base: Double, _ exponents: Tensor) throws(LongTailError) -> Tensor {
        try call("aten::pow.Scalar", .double(base), .tensor(exponents))
    }

    /// Sine of an angle.
    public func sin() throws(LongTailError) -> Tensor { try call("aten::sin", .tensor(self)) }

    /// Cosine of an angle.
    public func cos() throws(LongTailError) -> Tensor { try call("aten::cos", .tensor(self)) }

    /// 1 / (1 + exp(−self)).
    public func sigmoid() throws(LongTailError) -> Tensor { try call("aten::sigmoid", .tensor(self)) }

    /// No smaller than `min` and no larger than `max`; no gradient passes beyond them.
    public func clamp(min: Double, max: Double = .infinity) throws(LongTailError) -> Tensor {
        try call("aten::clamp", .tensor(self), .double(min), .double(max))
    }

    /// Whether elements are greater than a number, as bool.
    public func gt(_ other: Double) throws(LongTailError) -> Tensor {
        try call("aten::gt.Scalar", .tensor(self), .double(other))
    }
}
