/// A floating-point number as tensors store it, one way up to a Double and one rounding down.
///
/// A protocol of our own because the standard library's generic conversions are not specialised to one instruction.
protocol StoredFloat: BitwiseCopyable {
    var widened: Double { get }
    init(rounding value: Double)
}

extension Double: StoredFloat {
    var widened: Double { self }
    init(rounding value: Double) { self = value }
}

extension Float: StoredFloat {
    var widened: Double { Double(self) }
    init(rounding value: Double) { self = Float(value) }
}

extension Float16: StoredFloat {
    var widened: Double { Double(self) }
    init(rounding value: Double) { self = Float16(value) }
}

/// Brain floating point: the upper half of a Float.
struct BFloat16: StoredFloat {
    var bits: UInt16

    var widened: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }

    /// Rounds once, to nearest even: by way of a Float rounded to odd, so that the two roundings do not add up.
    init(rounding value: Double) {
        let near = Float(value)
        guard !near.isNaN else {
            bits = 0x7FC0
            return
        }
        var pattern = near.bitPattern
        if Double(near) != value {
            if Double(near).magnitude > value.magnitude { pattern -= 1 }
            pattern |= 1
        }
        bits =
            near.isInfinite && value.isInfinite
            ? UInt16(pattern >> 16) : UInt16((pattern + 0x7FFF + (pattern >> 16 & 1)) >> 16)
    }
}
