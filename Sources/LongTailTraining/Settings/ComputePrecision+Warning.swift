import Foundation
import LongTailBasics
import LongTailSerialization
import LongTailTorch

extension ComputePrecision {
    /// A sentence for whoever asks by name for an arithmetic that the current device imitates; nil where it multiplies it.
    ///
    /// The slow-down is measured on one convolution, forward and backward.
    package func warning(on device: Device = .current, processor: Processor = .current) throws(LongTailError) -> String?
    {
        guard self == .bfloat16, !Self.isFast(on: device, processor: processor) else { return nil }
        let place = device.kind == .cpu ? "this processor (\(processor.kind.rawValue))" : "this GPU"
        let (slow, fast) = (try Self.seconds(.bfloat16), try Self.seconds(.float32))
        return "precision bfloat16 is imitated on \(place): a convolution takes about "
            + "\(String(format: slow < 10 * fast ? "%.1f" : "%.0f", slow / fast)) times as long as in float32, "
            + "which precision auto would take"
    }

    /// The shortest of three forward and backward passes of a convolution, seconds.
    private static func seconds(_ dtype: DType) throws(LongTailError) -> Double {
        let images = try Tensor.ones([8, 32, 16, 16]).contiguous(.channelsLast).detach()
        let filters = try Tensor.ones([32, 32, 3, 3])
        try images.setRequiresGrad(true)
        try filters.setRequiresGrad(true)
        var best = Double.infinity
        for _ in 0..<3 {
            let start = ContinuousClock.now
            let sum = try autocast(dtype) { () throws(LongTailError) in try images.conv2d(filters, padding: 1) }.sum()
            try sum.backward()
            _ = try sum.item()
            best = min(best, (ContinuousClock.now - start).seconds)
        }
        return max(1e-9, best)
    }
}
