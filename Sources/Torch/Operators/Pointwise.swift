import Basics
import Serialization

// Elementwise operators, under PyTorch's names; binary ones broadcast.
extension Tensor {
    /// self + other × alpha.
    public func add(_ other: Tensor, alpha: Double = 1) throws(Failure) -> Tensor {
        try call("aten::add.Tensor", .tensor(self), .tensor(other), .double(alpha))
    }

    /// self + other.
    public func add(_ other: Double) throws(Failure) -> Tensor {
        try call("aten::add.Scalar", .tensor(self), .double(other))
    }

    /// self ← self + other × alpha.
    @discardableResult
    public func add_(_ other: Tensor, alpha: Double = 1) throws(Failure) -> Tensor {
        try call("aten::add_.Tensor", .tensor(self), .tensor(other), .double(alpha))
    }

    /// self ← self + other, for tensors of any type.
    @discardableResult
    public func add_(_ other: Int) throws(Failure) -> Tensor {
        try call("aten::add_.Scalar", .tensor(self), .int(other))
    }

    /// self − other.
    public func sub(_ other: Tensor) throws(Failure) -> Tensor {
        try call("aten::sub.Tensor", .tensor(self), .tensor(other))
    }

    /// self × other.
    public func mul(_ other: Tensor) throws(Failure) -> Tensor {
        try call("aten::mul.Tensor", .tensor(self), .tensor(other))
    }

    /// self × other.
    public func mul(_ other: Double) throws(Failure) -> Tensor {
        try call("aten::mul.Scalar", .tensor(self), .double(other))
    }

    /// self ← self × other.
    @discardableResult
    public func mul_(_ other: Double) throws(Failure) -> Tensor {
        try call("aten::mul_.Scalar", .tensor(self), .double(other))
    }

    /// self / other.
    public func div(_ other: Tensor) throws(Failure) -> Tensor {
        try call("aten::div.Tensor", .tensor(self), .tensor(other))
    }

    /// −self.
    public func neg() throws(Failure) -> Tensor { try call("aten::neg", .tensor(self)) }

    /// Rectified linear unit.
    public func relu() throws(Failure) -> Tensor { try call("aten::relu", .tensor(self)) }

    /// Rectified linear unit in place.
    @discardableResult
    public func relu_() throws(Failure) -> Tensor { try call("aten::relu_", .tensor(self)) }

    /// Whether elements are equal, as bool.
    public func eq(_ other: Tensor) throws(Failure) -> Tensor {
        try call("aten::eq.Tensor", .tensor(self), .tensor(other))
    }
}
