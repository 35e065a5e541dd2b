import CLongTailTorch
import LongTailBasics
import Synchronization

/// Where tensors are made and operators run.
public struct Device: Sendable, Equatable, CustomStringConvertible {
    /// What there is.
    public enum Kind: String, Sendable {
        case cpu
        /// An NVIDIA GPU.
        case cuda
        /// Nowhere: shapes and types without numbers.
        case meta
    }

    /// What it is.
    public let kind: Kind
    /// Which one of its kind, from 0.
    public let index: Int

    public static let cpu = Device(kind: .cpu, index: 0)
    /// Nowhere.
    public static let meta = Device(kind: .meta, index: 0)
    /// A GPU by number.
    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, index: index) }

    /// libtorch's name: "cpu", "cuda:1".
    public var name: String { kind == .cuda ? "cuda:\(index)" : kind.rawValue }
    /// libtorch's name.
    public var description: String { name }
    /// Whether operators are only queued: whoever reads a number waits for all before it.
    public var isAsynchronous: Bool { kind == .cuda }

    /// Whether it multiplies bfloat16 faster than float32: on the CPU as the processor says, on a GPU from compute
    /// capability 8.0 (Ampere) on.
    public var multipliesBFloat16: Bool {
        switch kind {
        case .cpu: return Processor.current.multipliesBFloat16
        case .meta: return false
        case .cuda:
            var (major, minor): (Int32, Int32) = (0, 0)
            return ct_cuda_capability(Int32(clamping: index), &major, &minor) == 0 && major >= 8
        }
    }

    private static let ofProcess = Mutex(Device.cpu)
    @TaskLocal private static var ofScope: Device?

    /// Where new tensors go, as after torch.set_default_device: that of the scope (`with`), else of the process (`use`).
    public static var current: Device { ofScope ?? ofProcess.withLock { $0 } }

    /// Makes a device the process's, for everything that follows.
    public static func use(_ device: Device) { ofProcess.withLock { $0 = device } }

    /// Runs `body` with a device of its own.
    public static func with<Value>(_ device: Device, _ body: () throws(LongTailError) -> Value) throws(LongTailError)
        -> Value
    {
        let result: Swift.Result<Value, LongTailError> = $ofScope.withValue(device) {
            do throws(LongTailError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Waits until everything that was queued is done.
    public func synchronize() throws(LongTailError) {
        guard isAsynchronous else { return }
        guard ct_synchronize(name) == 0 else { throw LongTailError.engine("synchronize", name) }
    }

    /// Forgets the highest use of a GPU's memory so far.
    public func resetPeakMemory() throws(LongTailError) {
        guard ct_reset_peak_memory(name) == 0 else { throw LongTailError.engine("reset_peak_memory", name) }
    }

    /// The most bytes of a GPU's memory that tensors held at once since `resetPeakMemory`.
    public func peakMemory() throws(LongTailError) -> Int {
        var bytes: UInt64 = 0
        guard ct_peak_memory(name, &bytes) == 0 else { throw LongTailError.engine("peak_memory", name) }
        return Int(clamping: bytes)
    }
}
