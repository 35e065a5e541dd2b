import CLongTailTorch
import LongTailBasics
import LongTailSerialization

extension Tensor {
    /// Whether operations on this tensor are recorded for `backward`.
    public var requiresGrad: Bool { ct_requires_grad(handle) }

    /// Sets whether operations on this tensor are recorded.
    public func setRequiresGrad(_ required: Bool) throws(LongTailError) {
        guard ct_set_requires_grad(handle, required) == 0 else { throw LongTailError.engine("requires_grad_", summary) }
    }

    /// Adds the gradient of this scalar to every recorded leaf.
    public func backward() throws(LongTailError) {
        guard ct_backward(handle) == 0 else { throw LongTailError.engine("backward", summary) }
    }

    /// The gradient gathered so far, nil if none.
    public func grad() throws(LongTailError) -> Tensor? {
        var result: ct_tensor?
        guard ct_grad(handle, &result) == 0 else { throw LongTailError.engine("grad", summary) }
        return result.map(Tensor.init(owning:))
    }

    /// Forgets the gradient.
    public func clearGrad() throws(LongTailError) {
        guard ct_clear_grad(handle) == 0 else { throw LongTailError.engine("clear_grad", summary) }
    }

    /// The same storage, unknown to autograd.
    public func detach() throws(LongTailError) -> Tensor { try call("aten::detach", .tensor(self)) }
}

/// Runs `body` without recording for autograd.
public func withoutGradients<Value>(_ body: () throws(LongTailError) -> Value) throws(LongTailError) -> Value {
    let guardian = ct_no_grad()
    defer { ct_guard_end(guardian) }
    return try body()
}

/// Runs `body` in inference mode: no recording at all, the results may not enter autograd later.
public func withInferenceMode<Value>(_ body: () throws(LongTailError) -> Value) throws(LongTailError) -> Value {
    let guardian = ct_inference()
    defer { ct_guard_end(guardian) }
    return try body()
}

/// Runs `body` with automatic mixed precision on a device; with float32 it just runs it.
public func autocast<Value>(
    _ dtype: DType, device: Device = .current, _ body: () throws(LongTailError) -> Value
) throws(LongTailError) -> Value {
    guard dtype != .float32, dtype != .float64, device.kind != .meta else { return try body() }
    guard let guardian = ct_autocast(device.name, dtype.scalarType) else {
        throw LongTailError.engine("autocast", "\(device) \(dtype.rawValue)")
    }
    defer { ct_guard_end(guardian) }
    return try body()
}
