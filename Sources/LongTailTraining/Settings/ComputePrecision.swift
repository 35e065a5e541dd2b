import LongTailBasics
import LongTailRecipeCoding
import LongTailSerialization
import LongTailTorch

/// The arithmetic of convolutions and matrix products.
public enum ComputePrecision: String, RecipeChoice {
    /// bfloat16 where the processor or GPU multiplies it, float32 elsewhere.
    case auto
    /// 32 bits throughout.
    case float32
    /// bfloat16 autocast; weights, statistics and losses stay float32.
    case bfloat16

    /// What is computed in on this machine's current device: never `auto`.
    public var resolved: ComputePrecision { resolved(on: .current, processor: .current) }

    /// What is computed in on a device of a machine with a processor: never `auto`.
    package func resolved(on device: Device, processor: Processor) -> ComputePrecision {
        guard self == .auto else { return self }
        return Self.isFast(on: device, processor: processor) ? .bfloat16 : .float32
    }

    /// Whether bfloat16 is multiplied and not imitated.
    static func isFast(on device: Device, processor: Processor) -> Bool {
        device.kind == .cpu ? processor.multipliesBFloat16 : device.multipliesBFloat16
    }

    /// The type of autocast.
    package var dtype: DType { resolved == .bfloat16 ? .bfloat16 : .float32 }
}
