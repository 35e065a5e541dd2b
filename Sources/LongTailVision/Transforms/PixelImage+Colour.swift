import CLongTailCodecs
import LongTailBasics

// Pillow's ImageEnhance and ImageOps on RGB, to its bytes.
extension PixelImage {
    /// Runs a loop over all pixels in place.
    mutating func withPixels(_ body: (UnsafeMutablePointer<UInt8>, _ count: Int) -> Void) {
        bytes.withUnsafeMutableBufferPointer {
            if let pixels = $0.baseAddress { body(pixels, $0.count / 3) }
        }
    }

    /// Brightness: a blend from black.
    mutating func adjustBrightness(_ factor: Double) {
        withPixels { longtail_blend_constant($0, $1, 0, Float(factor)) }
    }

    /// Contrast: a blend from the constant gray of the rounded mean luma.
    mutating func adjustContrast(_ factor: Double) {
        withPixels { pixels, count in
            let mean = Double(longtail_luma_sum(pixels, count)) / Double(count)
            longtail_blend_constant(pixels, count, Int32(mean + 0.5), Float(factor))
        }
    }

    /// Saturation: a blend from the luma; 0 makes the picture gray.
    mutating func adjustSaturation(_ factor: Double) {
        withPixels { longtail_blend_luma($0, $1, Float(factor)) }
    }

    /// Hue, turned by a share of the circle in -0.5...0.5.
    mutating func adjustHue(_ share: Double) {
        withPixels { longtail_shift_hue($0, $1, UInt8(truncatingIfNeeded: Int(share * 255))) }
    }

    /// Sharpness: a blend from the smoothed picture.
    mutating func adjustSharpness(_ factor: Double) {
        let smooth = PixelImage(height: height, width: width) { output in
            bytes.withUnsafeBufferPointer { longtail_smooth($0.baseAddress, height, width, output.baseAddress) }
        }
        smooth.bytes.withUnsafeBufferPointer { smooth in
            withPixels { longtail_blend($0, 3 * $1, smooth.baseAddress, Float(factor)) }
        }
    }

    /// Replaces each byte by a table's entry.
    mutating func map(_ table: (Int) -> Int) {
        let one = (0..<256).map { UInt8(clamping: table($0)) }
        lookUp(one + one + one)
    }

    private mutating func lookUp(_ tables: [UInt8]) {
        tables.withUnsafeBufferPointer { tables in withPixels { longtail_look_up($0, $1, tables.baseAddress) } }
    }

    /// Replaces each channel's bytes by the entries of a table that is made of the channel's histogram.
    private mutating func mapChannels(_ table: ([Int]) -> [UInt8]) {
        var counts = [UInt32](repeating: 0, count: 768)
        counts.withUnsafeMutableBufferPointer { counts in
            withPixels { longtail_histogram($0, $1, counts.baseAddress) }
        }
        lookUp((0..<3).flatMap { channel in table(counts[256 * channel..<256 * (channel + 1)].map(Int.init)) })
    }

    /// Stretches each channel to the whole range.
    mutating func autoContrast() {
        mapChannels { counts in
            guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }),
                high > low
            else { return (0..<256).map { UInt8($0) } }
            let scale = 255 / Double(high - low)
            let offset = -Double(low) * scale
            return (0..<256).map { UInt8(clamping: Int(Double($0) * scale + offset)) }
        }
    }

    /// Evens out each channel's histogram.
    mutating func equalize() {
        mapChannels { counts in
            let used = counts.filter { $0 > 0 }
            let step = used.count > 1 ? (used.reduce(0, +) - (used.last ?? 0)) / 255 : 0
            guard step > 0 else { return (0..<256).map { UInt8($0) } }
            var sum = step / 2
            return counts.map { count in
                defer { sum += count }
                return UInt8(clamping: sum / step)
            }
        }
    }

    /// Keeps the upper bits of each byte.
    mutating func posterize(bits: Int) { map { $0 & ~(255 >> max(0, min(8, bits))) } }

    /// Inverts the bytes from a threshold on.
    mutating func solarize(_ threshold: Int) { map { $0 < threshold ? $0 : 255 - $0 } }

    /// Adds to the bytes below 128.
    mutating func solarizeAdd(_ amount: Int) { map { $0 < 128 ? $0 + amount : $0 } }

    /// Gaussian blur by three boxes, in place.
    ///
    /// - Throws: A data failure when memory is short.
    mutating func blur(sigma: Double) throws(LongTailError) {
        var done: Int32 = 0
        let (height, width) = (height, width)
        withPixels { pixels, _ in done = longtail_gaussian_blur(pixels, height, width, Float(sigma)) }
        guard done == 1 else { throw LongTailError(.data, "no memory to blur a picture of \(size) pixels") }
    }
}
