import LongTailBasics
import LongTailSerialization

extension StateDict {
    /// The point `lambda a + (1 - lambda) b` between this model, a, and another, b (the paper's figures 1 and 2, where a is
    /// f_D).
    ///
    /// Computed in float64, rounded once to each tensor's type; exactly `a` at 1 and `b` at 0. Integers are rounded to
    /// the nearest, halves to even; bools are those of the nearer model, of `a` in the middle.
    /// - Throws: `.checkpoint` when names, shapes or types differ, or `lambda` is not between 0 and 1.
    public func interpolated(with other: StateDict, lambda: Double) throws(LongTailError) -> StateDict {
        guard (0...1).contains(lambda) else {
            throw LongTailError(.usage, "cannot interpolate at \(lambda)", remedy: "lambda lies between 0 and 1.")
        }
        if let extra = other.keys.first(where: { self[$0] == nil }) {
            throw LongTailError(
                .checkpoint, "the second model has \(extra), which the first lacks", remedy: StreamingMean.same)
        }
        var result = StateDict(minimumCapacity: count)
        for (name, first) in self {
            guard let second = other[name] else {
                throw LongTailError(.checkpoint, "the second model lacks \(name)", remedy: StreamingMean.same)
            }
            guard first.dtype == second.dtype, first.shape == second.shape else {
                throw LongTailError(
                    .checkpoint, "\(name) is \(first.summary) in the first model and \(second.summary) in the second",
                    remedy: StreamingMean.same)
            }
            // The ends are copied, because 0 times infinity is not a number.
            if lambda == 1 || lambda == 0 || first.dtype == .bool {
                result[name] = lambda >= 0.5 ? first : second
            } else if first.dtype.isFloatingPoint {
                var sums = [Double](repeating: 0, count: first.count)
                first.add(to: &sums, weight: lambda)
                second.add(to: &sums, weight: 1 - lambda)
                result[name] = HostTensor(sums, shape: first.shape, dtype: first.dtype)
            } else {
                let values = zip(first.integers, second.integers).map {
                    Int(nearest: lambda * Double($0) + (1 - lambda) * Double($1))
                }
                result[name] = HostTensor(integers: values, shape: first.shape, dtype: first.dtype)
            }
        }
        return result
    }
}
