import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch
import OrderedCollections

/// The folder Tests of this clone.
private let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

/// A committed file of numbers by PyTorch (scripts/fixtures/parity.py), such as "TorchTests/Fixtures/losses".
public func parityFixture(_ name: String) throws(LongTailError) -> StateDict {
    try SafeTensorsFile.read(tests.appendingPathComponent("\(name).safetensors").path).tensors
}

/// ‖found − expected‖ / ‖expected‖ in the Euclidean norm; infinite for another shape or type, or nothing to compare with.
public func relativeError(_ found: HostTensor, _ expected: HostTensor?) -> Double {
    guard let expected, found.shape == expected.shape, found.dtype == expected.dtype else { return .infinity }
    let pairs = zip(found.doubles, expected.doubles)
    let difference = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let norm = pairs.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
    return norm > 0 ? difference / norm : difference
}

/// The same of a tensor.
public func relativeError(_ found: Tensor, _ expected: HostTensor?) throws(LongTailError) -> Double {
    relativeError(try found.host(), expected)
}

/// The largest of many relative errors, with the name that it belongs to.
public struct WorstError: CustomStringConvertible {
    /// The largest so far; NaN as soon as one was.
    public private(set) var value = 0.0
    /// How many there were.
    public private(set) var count = 0
    private var name = "nothing"

    /// Nothing noted.
    public init() {}

    /// Takes in one.
    public mutating func note(_ name: String, _ error: Double) {
        count += 1
        if !(error <= value) { (self.name, value) = (name, error) }
    }

    /// As in "3.1e-12 at fc.weight, the worst of 95".
    public var description: String { "\(value) at \(name), the worst of \(count)" }
}

/// The largest difference between a gradient and central differences of the loss in float64, over the largest slope.
///
/// - Parameter loss: A scalar loss of the input; its gradient is that of autograd.
public func gradientError(
    at values: HostTensor, step: Double = 1e-5, _ loss: (Tensor) throws(LongTailError) -> Tensor
) throws(LongTailError) -> Double {
    let input = try Tensor(values)
    try input.setRequiresGrad(true)
    try loss(input).backward()
    guard let gradient = try input.grad()?.host().doubles else { return .infinity }
    var (worst, largest) = (0.0, 0.0)
    for index in gradient.indices {
        var sides: [Double] = []
        for sign in [1.0, -1.0] {
            var moved = values.doubles
            moved[index] += sign * step
            sides.append(try loss(Tensor(HostTensor(moved, shape: values.shape, dtype: .float64))).item())
        }
        let slope = (sides[0] - sides[1]) / (2 * step)
        largest = max(largest, abs(slope))
        let error = abs(gradient[index] - slope)
        if !(error <= worst) { worst = error }
    }
    return worst / largest
}

/// The failure that `body` throws, or nil.
public func failure(of body: () throws(LongTailError) -> Void) -> LongTailError? {
    do throws(LongTailError) {
        try body()
        return nil
    } catch { return error }
}

/// Resident bytes of this process, 0 where /proc does not tell.
public func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
}
